"""
Objects to apply in their order, and what becomes of each, by the cluster as the earlier ones leave it.

An object that is refused changes nothing, and kubectl goes on with the next one.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.rbac.bundle_cluster import NAMESPACES, BundleCluster, is_of_snapshot
from kubectl_kfaccess.rbac.bundle_object import BundleObject
from kubectl_kfaccess.rbac.evaluator import Grant, Verdict, worst
from kubectl_kfaccess.rbac.manifests import Manifest
from kubectl_kfaccess.rbac.overlay import InvalidObject, Refusal, Written, written
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.role_writes import Escalation, EscalationCheck, check_of_write
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.ways import Way, requests


class Cause(enum.Enum):
    """Why an object cannot be applied, or why that is not known, whatever the permissions."""

    UNKNOWN_KIND = "unknownKind"
    OTHER_VERSION = "otherVersion"
    KIND_LATER = "kindLater"
    KIND_NOT_MADE = "kindNotMade"
    KIND_GONE = "kindGone"
    OTHER_NAMESPACE = "otherNamespace"
    GENERATED_NAME = "generatedName"
    NO_NAME = "noName"
    NO_NAMESPACE = "noNamespace"
    NAMESPACE_LATER = "namespaceLater"
    NAMESPACE_NOT_MADE = "namespaceNotMade"
    EXISTS = "exists"
    DOES_NOT_EXIST = "doesNotExist"
    REFUSED = "refused"


_BEFORE_THE_SERVER = (
    Cause.UNKNOWN_KIND,
    Cause.OTHER_VERSION,
    Cause.KIND_LATER,
    Cause.KIND_NOT_MADE,
    Cause.KIND_GONE,
    Cause.OTHER_NAMESPACE,
    Cause.GENERATED_NAME,
    Cause.NO_NAME,
)
"""The causes that kubectl finds itself, so that it sends no request about the object."""


class Obstacle(Struct, frozen=True):
    """A cause, and for REFUSED what the server refuses."""

    cause: Cause
    refusal: Refusal | None = None

    @property
    def verdict(self) -> Verdict:
        """Return what the obstacle makes of an object whose permissions are there."""
        return Verdict.UNKNOWN if self.cause is Cause.UNKNOWN_KIND else Verdict.DENIED

    @property
    def is_before_the_server(self) -> bool:
        """Return whether kubectl sends no request about the object."""
        return self.cause in _BEFORE_THE_SERVER


class Need(Struct, frozen=True):
    """A permission that an object needs, the verdict on it, and the first grant."""

    request: Request
    verdict: Verdict
    grant: Grant | None = None


class Outcome(Struct, frozen=True):
    """
    What becomes of *object* in its turn.

    *snapshot* is the cluster before. If it is not known whether the object exists, *needs* are those of both
    cases.
    """

    object: BundleObject
    snapshot: Snapshot
    exists: bool | None
    needs: tuple[Need, ...]
    escalation: Escalation | None
    obstacle: Obstacle | None
    verdict: Verdict


class Judge(Protocol):
    """What decides on requests in the cluster as a part of the bundle leaves it."""

    def need(self, cluster: BundleCluster, request: Request) -> Need:
        """Return whether the subject is allowed *request*."""

    def escalation(self, cluster: BundleCluster, check: EscalationCheck) -> Escalation:
        """Return whether the subject passes *check*."""


def outcomes(
    objects: Sequence[BundleObject], cluster: BundleCluster, judge: Judge, way: Way
) -> tuple[Outcome, ...]:
    """
    Return what becomes of each of *objects*, in their order.

    If it is not known whether an object can be applied, what depends on it is unknown as well.
    """
    without = _Run(objects, cluster, judge, way, counts_unknown=False).outcomes()
    if all(outcome.verdict is not Verdict.UNKNOWN for outcome in without):
        return without
    with_ = _Run(objects, cluster, judge, way, counts_unknown=True).outcomes()
    return tuple(
        outcome if outcome.verdict is other.verdict else replace(outcome, verdict=Verdict.UNKNOWN)
        for outcome, other in zip(without, with_, strict=True)
    )


BINDINGS = ("RoleBinding", "ClusterRoleBinding")


class _Case(Struct, frozen=True):
    """
    What becomes of an object if it exists, or if it does not.

    If it exists and was not read, it may be the same already: then kubectl sends no patch (*is_patch_open*),
    and the server checks nothing (*is_check_open*). A binding can refer to another role, which cannot be
    changed (*is_role_open*).
    """

    needs: tuple[Need, ...]
    escalation: Escalation | None
    obstacle: Obstacle | None
    is_patch_open: bool = False
    is_check_open: bool = False
    is_role_open: bool = False

    @property
    def verdict(self) -> Verdict:
        """Return the verdict: the permissions, the check and the obstacle must all let it pass."""
        verdicts = [_doubted(n.verdict) if self._is_open(n) else n.verdict for n in self.needs]
        if self.escalation:
            checked = self.escalation.verdict
            verdicts.append(_doubted(checked) if self.is_check_open else checked)
        verdicts += [Verdict.UNKNOWN] if self.is_role_open else []
        return worst([*verdicts, *([self.obstacle.verdict] if self.obstacle else [])])

    def _is_open(self, need: Need) -> bool:
        return self.is_patch_open and need.request.verb == "patch"


def _doubted(verdict: Verdict) -> Verdict:
    return Verdict.UNKNOWN if verdict is Verdict.DENIED else verdict


class _Run:
    """One walk through the objects; *counts_unknown*: what can perhaps be applied is applied."""

    def __init__(
        self,
        objects: Sequence[BundleObject],
        cluster: BundleCluster,
        judge: Judge,
        way: Way,
        *,
        counts_unknown: bool,
    ) -> None:
        self._objects = objects
        self._cluster = cluster
        self._judge = judge
        self._way = way
        self._applied = (Verdict.ALLOWED, Verdict.UNKNOWN) if counts_unknown else (Verdict.ALLOWED,)

    def outcomes(self) -> tuple[Outcome, ...]:
        return tuple(self._outcomes())

    def _outcomes(self) -> Iterator[Outcome]:
        for number, each in enumerate(self._objects):
            outcome = self._outcome(each, self._objects[number + 1 :])
            if outcome.verdict in self._applied:
                self._cluster = self._cluster.after(each, self._way)
            yield outcome

    def _outcome(self, each: BundleObject, later: Sequence[BundleObject]) -> Outcome:
        obstacle = self._before_the_server(each, later)
        exists, snapshot = self._cluster.exists(each), self._cluster.snapshot
        if obstacle or each.type is None:
            verdict = obstacle.verdict if obstacle else Verdict.UNKNOWN
            return Outcome(each, snapshot, exists, (), None, obstacle, verdict)
        if exists is not None:
            case = self._case(each, each.type, later, exists=exists)
            return Outcome(
                each, self._cluster.snapshot, exists, case.needs, case.escalation, case.obstacle, case.verdict
            )
        return self._of_both(
            each,
            self._case(each, each.type, later, exists=True),
            self._case(each, each.type, later, exists=False),
        )

    def _of_both(self, each: BundleObject, old: _Case, new: _Case) -> Outcome:
        """Return the outcome of an object that exists, or not: certain is only what holds in both cases."""
        verdicts = {old.verdict, new.verdict}
        verdict = verdicts.pop() if len(verdicts) == 1 else Verdict.UNKNOWN
        needs = tuple({need.request: need for need in (*old.needs, *new.needs)}.values())
        obstacle = new.obstacle if old.obstacle else None
        escalation = max(
            (case.escalation for case in (old, new) if case.escalation),
            key=lambda each: each.verdict is not Verdict.ALLOWED,
            default=None,
        )
        return Outcome(each, self._cluster.snapshot, None, needs, escalation, obstacle, verdict)

    def _case(
        self, each: BundleObject, kind: ResourceType, later: Sequence[BundleObject], *, exists: bool
    ) -> _Case:
        unchanged = exists and self._way is Way.KUBECTL and self._cluster.is_unchanged(each)
        sent = requests(
            self._way,
            kind,
            each.namespace,
            each.name,
            exists=exists,
            unchanged=unchanged,
            versioned=_has(each.manifest, "resourceVersion"),
        )
        needs = tuple(self._judge.need(self._cluster, request) for request in sent)
        obstacle = self._of_the_server(each, kind, later, exists=exists)
        # the server finds out last that an object exists already
        is_written = not obstacle or obstacle.cause is Cause.EXISTS
        result = self._written(each) if is_written and self._way is not Way.DELETE and not unchanged else None
        refusal = result.refusal if result else None
        check = self._check(each, result, sent) if result and not isinstance(refusal, InvalidObject) else None
        escalation = self._judge.escalation(self._cluster, check) if check else None
        is_hidden = exists and result is not None and result.before is None
        return _Case(
            needs,
            escalation,
            Obstacle(Cause.REFUSED, refusal) if refusal else obstacle,
            is_patch_open=exists and self._way is Way.KUBECTL and not self._cluster.is_read(each),
            is_check_open=is_hidden and self._is_whole(each),
            is_role_open=is_hidden and each.kind in BINDINGS and self._way is not Way.CREATE,
        )

    def _is_whole(self, each: BundleObject) -> bool:
        """Return whether what is sent can be what is stored: what `kubectl replace` sends has no uid."""
        return self._way in (Way.KUBECTL, Way.SERVER_SIDE) or _has(each.manifest, "uid")

    def _written(self, each: BundleObject) -> Written | None:
        """Return what the write makes of an object of a kind that access depends on."""
        if not is_of_snapshot(each) or not each.name:
            return None
        return written(self._cluster.snapshot, each.manifest, self._way)

    def _check(
        self, each: BundleObject, result: Written, sent: tuple[Request, ...]
    ) -> EscalationCheck | None:
        # a patch of client-side apply is sent only if something differs
        is_whole = self._way is not Way.KUBECTL and self._is_whole(each)
        snapshot, named = self._cluster.snapshot, bool(sent[-1].name)
        before = None if self._way is Way.CREATE else result.before
        return check_of_write(before, result.after, snapshot, named=named, is_whole=is_whole)

    def _before_the_server(self, each: BundleObject, later: Sequence[BundleObject]) -> Obstacle | None:
        """Return why kubectl itself gives up."""
        if each.type is None:
            return Obstacle(Cause.UNKNOWN_KIND)
        if not each.is_served:
            return Obstacle(Cause.OTHER_VERSION)
        if not self._cluster.serves(each.type.key):
            is_later = any(other.defines and other.defines.key == each.type.key for other in later)
            return Obstacle(Cause.KIND_LATER if is_later else Cause.KIND_NOT_MADE)
        if each.type.key in self._cluster.abandoned:
            return Obstacle(Cause.KIND_GONE)
        if each.elsewhere:
            return Obstacle(Cause.OTHER_NAMESPACE)
        if each.name or (each.generate_name and self._way is Way.CREATE):
            return None
        is_applied = self._way in (Way.KUBECTL, Way.SERVER_SIDE)
        return Obstacle(Cause.GENERATED_NAME if each.generate_name and is_applied else Cause.NO_NAME)

    def _of_the_server(
        self, each: BundleObject, kind: ResourceType, later: Sequence[BundleObject], *, exists: bool
    ) -> Obstacle | None:
        """Return why the server refuses it to those who have the permissions."""
        is_new = self._way is Way.DELETE or (self._way is Way.REPLACE and not self._creates(each, kind))
        if is_new and not exists:
            return Obstacle(Cause.DOES_NOT_EXIST)
        if self._way is Way.CREATE and exists and each.name:
            return Obstacle(Cause.EXISTS)
        if exists or not each.namespace or self._cluster.has_namespace(each.namespace) is not False:
            return None
        return Obstacle(self._without_namespace(each.namespace, later))

    def _creates(self, each: BundleObject, kind: ResourceType) -> bool:
        return len(requests(self._way, kind, each.namespace, each.name, exists=False)) > 1

    def _without_namespace(self, name: str, later: Sequence[BundleObject]) -> Cause:
        def makes_it(each: BundleObject) -> bool:
            return each.type is not None and each.type.key == NAMESPACES and each.name == name

        if any(map(makes_it, later)):
            return Cause.NAMESPACE_LATER
        return Cause.NAMESPACE_NOT_MADE if any(map(makes_it, self._objects)) else Cause.NO_NAMESPACE


def _has(manifest: Manifest, key: str) -> bool:
    metadata = manifest.get("metadata")
    return isinstance(metadata, dict) and bool(metadata.get(key))
