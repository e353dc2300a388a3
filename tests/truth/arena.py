"""Worlds in a real API server: loaded, settled, asked, and compared with what the program says of them."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.rbac.evaluator import Decision, Evaluator, Verdict, reason
from kubectl_kfaccess.rbac.reviews import NOT_KNOWN, Spec, request
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import Identity
from kubectl_kfaccess.sources.files.files import FilesSource
from kubectl_kfaccess.sources.kubeconfig.connection_flags import ConnectionFlags
from kubectl_kfaccess.sources.opened import open_source
from kubectl_kfaccess.sources.source import Wanted
from kubectl_kfaccess.sources.source_choice import SourceChoice
from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import clear, load, wait_for_aggregation
from tests.running import run
from tests.truth import worlds
from tests.truth.asking import Status, ask

KINDS = ("clusterroles", "clusterrolebindings", "roles", "rolebindings")
DEEPEST = 8  # more than the longest chain of aggregated roles in a world


@dataclass(frozen=True)
class Difference:
    """A question to which the program and the server give different answers."""

    source: str
    spec: worlds.Spec
    ours: str
    servers: str

    def __str__(self) -> str:
        return f"{self.source}: {json.dumps(self.spec)}: we say {self.ours}, the server {self.servers}"


@dataclass
class Tally:
    """What was asked, and how it came out."""

    decisions: int = 0
    allowed: int = 0
    unknown: int = 0
    refused: int = 0
    rows: int = 0
    outsiders: int = 0
    differences: list[Difference] = field(default_factory=list)


@contextmanager
def loaded(
    plane: ControlPlane, objects: Sequence[worlds.Object], tally: Tally, directory: Path
) -> Iterator[tuple[Path, list[worlds.Object]]]:
    """
    Put *objects* into the server, wait until it acts on them, and yield a file of those that it accepted.

    The wait is for sentinels, which are loaded last: each informer of the authorizer hands on objects in
    their order, so whoever sees a kind's sentinel has seen all of that kind.
    """
    try:
        refused = load(plane, objects)
        tally.refused += len(refused)
        without = {id(one.object) for one in refused}
        accepted = [one for one in objects if id(one) not in without]
        wait_for_aggregation(plane, depth=DEEPEST)
        wait_for_authorizer(plane)
        file = directory / "world.json"
        file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": accepted}))
        yield file, accepted
    finally:
        clear(plane)


def wait_for_authorizer(plane: ControlPlane, seconds: float = 30.0) -> None:
    """Wait until the authorizer has seen a fresh object of each of the four kinds."""
    name = f"sentinel-{secrets.token_hex(4)}"
    group = {"apiGroup": "rbac.authorization.k8s.io"}
    rule = {"verbs": ["get"], "apiGroups": ["sentinel"], "resources": [name]}
    meta = {"name": name, "namespace": "default"}
    sentinels = [
        {**worlds.RBAC, "kind": "ClusterRole", "metadata": {"name": name}, "rules": [rule]},
        {**worlds.RBAC, "kind": "Role", "metadata": meta, "rules": [rule]},
    ]
    load(plane, sentinels)
    bindings = [
        {
            "kind": kind,
            "metadata": meta if kind == "RoleBinding" else {"name": name},
            "roleRef": {**group, "kind": kind.removesuffix("Binding"), "name": name},
            "subjects": [{"kind": "User", "name": f"{name}-{kind}"}],
        }
        for kind in ("RoleBinding", "ClusterRoleBinding")
    ]
    load(plane, [{**worlds.RBAC, **binding} for binding in bindings])
    asked = {"verb": "get", "group": "sentinel", "resource": name, "namespace": "default"}
    specs = [
        {"user": f"{name}-{kind}", "resourceAttributes": asked}
        for kind in ("RoleBinding", "ClusterRoleBinding")
    ]
    deadline = time.monotonic() + seconds
    while not all(status.allowed for status in ask(plane, specs)):
        if time.monotonic() > deadline:
            raise TimeoutError("the authorizer does not see objects that were made half a minute ago")
        time.sleep(0.02)


def compare_decisions(plane: ControlPlane, file: Path, specs: Sequence[worlds.Spec], tally: Tally) -> None:
    """Ask the server, the program on the live cluster, and the program on the file; keep what differs."""
    answers = ask(plane, specs)
    evaluators = {"live": live_evaluator(plane), "files": _from_file(file)}
    for source, flags in (
        ("live", ("--kubeconfig", str(plane.kubeconfig()))),
        ("files", ("-f", str(file), "--kubernetes-version", plane.version)),
    ):
        ours = _reviewed(flags, specs)
        for spec, own, theirs in zip(specs, ours, answers, strict=True):
            if own.evaluation_error.startswith(NOT_KNOWN):
                tally.unknown += 1
                if source == "live":  # everything could be read, and stored rules leave no doubt
                    tally.differences.append(
                        Difference(source, spec, own.evaluation_error, str(theirs.allowed))
                    )
            elif own.allowed != theirs.allowed:
                tally.differences.append(Difference(source, spec, str(own.allowed), str(theirs.allowed)))
            elif not {own.reason, theirs.reason} <= _reasons(evaluators[source], spec, own, theirs):
                tally.differences.append(Difference(source, spec, own.reason, theirs.reason))
    tally.decisions += len(specs)
    tally.allowed += sum(status.allowed for status in answers)


def _reviewed(flags: tuple[str, ...], specs: Sequence[worlds.Spec]) -> list[Status]:
    head = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview"}
    lines = b"\n".join(msgspec.json.encode({**head, "spec": spec}) for spec in specs)
    done = run("review", "-", "-o", "jsonl", *flags, stdin=lines)
    assert done.status in (0, 3), done.stderr
    return [msgspec.convert(json.loads(line)["status"], Status) for line in done.lines]


def _reasons(evaluator: Evaluator, spec: worlds.Spec, own: Status, theirs: Status) -> set[str]:
    """The texts that can be the reason: of any binding for a yes, of all missing roles for a no."""
    converted = msgspec.convert(spec, Spec)
    asked = request(converted)
    who = Identity(converted.user, tuple(converted.groups or ()))
    if not own.allowed:
        return {own.reason, theirs.reason} if _same_errors(own.reason, theirs.reason) else {own.reason}
    places = (asked.namespace,) if asked.namespace and asked.path is None else ()
    grants = (g for g in evaluator.grants(asked, places) if g.who in who.principals)
    return {reason(Decision(Verdict.ALLOWED, grant), who) for grant in grants}


def _same_errors(ours: str, theirs: str) -> bool:
    """Whether two lists of missing roles are the same; the server's order is its cache's."""
    texts = [text.removeprefix("RBAC: ").strip("[]").split(", ") for text in (ours, theirs)]
    return sorted(texts[0]) == sorted(texts[1])


def live_evaluator(plane: ControlPlane) -> Evaluator:
    choice = SourceChoice(connection=ConnectionFlags(kubeconfig=str(plane.kubeconfig())))
    return Evaluator(open_source(choice, _environment()).read(Wanted(KINDS)))


def _from_file(file: Path) -> Evaluator:
    return Evaluator(snapshot_of(file))


def snapshot_of(file: Path) -> Snapshot:
    """Return the snapshot of a file of manifests, completed by Kubernetes' defaults."""
    return FilesSource((str(file),), _environment()).read(Wanted(KINDS))


def _environment() -> Environment:
    import io

    return Environment(io.BytesIO(), io.StringIO(), io.StringIO(), {"HOME": "/nonexistent"}, Path("/"))


def compare_listing(
    plane: ControlPlane, objects: Sequence[worlds.Object], specs: Sequence[worlds.Spec], tally: Tally
) -> None:
    """
    Ask `who-can` about the requests of *specs*, and the server about everybody it lists and does not list.

    Each row is asked exactly as named: a user or account by name without groups, a group alone.
    """
    questions: list[tuple[worlds.Spec, bool, str]] = []
    for spec in specs:
        listed = _listed(plane, spec)
        for who in sorted(_everybody(objects, spec)):
            expected = who in listed
            questions.append(
                (_asked_as(who, spec), expected, f"who-can {'lists' if expected else 'leaves out'} {who}")
            )
            tally.rows += expected
            tally.outsiders += not expected
    answers = ask(plane, [question for question, _, _ in questions])
    for (spec, expected, text), status in zip(questions, answers, strict=True):
        if status.allowed != expected:
            tally.differences.append(Difference("who-can", spec, text, f"{status.allowed} {status.reason}"))


def _listed(plane: ControlPlane, spec: worlds.Spec) -> set[tuple[str, str]]:
    """The principals that `who-can` names for the request of *spec*, in its namespace or cluster-wide."""
    what = spec.get("nonResourceAttributes") or spec["resourceAttributes"]
    flags: list[str] = []
    target = what.get("path", "")
    if "resourceAttributes" in spec:
        target = f"{what.get('resource', '')}.{what.get('group', '')}".rstrip(".")
        flags += ["--subresource", what["subresource"]] if what.get("subresource") else []
        flags += ["--name", what["name"]] if what.get("name") else []
        flags += ["-n", what["namespace"]]
    done = run("who-can", what["verb"], target, *flags, "-o", "json", "--kubeconfig", str(plane.kubeconfig()))
    assert done.status == 0, done.stderr
    (query,) = {(q["group"], q["resource"], q["subresource"], q["name"]) for q in done.json["queries"]}
    if "resourceAttributes" in spec:  # the words were taken for the very request that is asked of the server
        assert query == tuple(what.get(key, "") for key in ("group", "resource", "subresource", "name"))
    return {_principal(item["subject"]) for item in done.json["items"]}


def _principal(subject: worlds.Object, namespace: str = "") -> tuple[str, str]:
    if subject["kind"] == "ServiceAccount":
        return "User", f"system:serviceaccount:{subject.get('namespace') or namespace}:{subject['name']}"
    return subject["kind"], subject["name"]


def _everybody(objects: Sequence[worlds.Object], spec: worlds.Spec) -> set[tuple[str, str]]:
    """Whoever is named by any binding of the world, and the one the question was about."""
    bindings = [one for one in objects if one["kind"].endswith("Binding")]
    named = {_principal(s, one["metadata"].get("namespace", "")) for one in bindings for s in one["subjects"]}
    return named | ({("User", spec["user"])} if spec.get("user") else set())


def _asked_as(who: tuple[str, str], spec: worlds.Spec) -> worlds.Spec:
    kind, name = who
    what = {key: value for key, value in spec.items() if key.endswith("Attributes")}
    return {**what, **({"groups": [name]} if kind == "Group" else {"user": name})}
