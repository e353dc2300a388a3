"""Random worlds in a real API server: load one, wait, ask the server, and compare its answers with ours."""

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
    """How many questions were asked, and what the answers were."""

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
    Load *objects*, wait until they count, and yield a file of those that the server accepted, and their list.

    It waits for sentinels, which are loaded last. Each informer of the authorizer delivers objects in their
    order, so once the authorizer sees the sentinel of a kind, it has seen all other objects of that kind.
    """
    try:
        refused = load(plane, objects)
        tally.refused += len(refused)
        refused_ids = {id(refusal.object) for refusal in refused}
        accepted = [manifest for manifest in objects if id(manifest) not in refused_ids]
        wait_for_aggregation(plane, depth=DEEPEST)
        wait_for_authorizer(plane)
        file = directory / "world.json"
        file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": accepted}))
        yield file, accepted
    finally:
        clear(plane)


def wait_for_authorizer(plane: ControlPlane, seconds: float = 30.0) -> None:
    """Wait until the authorizer has seen a fresh object of each of the four kinds, for at most *seconds*."""
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
    attributes = {"verb": "get", "group": "sentinel", "resource": name, "namespace": "default"}
    specs = [
        {"user": f"{name}-{kind}", "resourceAttributes": attributes}
        for kind in ("RoleBinding", "ClusterRoleBinding")
    ]
    deadline = time.monotonic() + seconds
    while not all(status.allowed for status in ask(plane, specs)):
        if time.monotonic() > deadline:
            raise TimeoutError("the authorizer does not see objects that were made half a minute ago")
        time.sleep(0.02)


def compare_decisions(plane: ControlPlane, file: Path, specs: Sequence[worlds.Spec], tally: Tally) -> None:
    """Compare the server's answers with the program's, for the live cluster and for the file."""
    answers = ask(plane, specs)
    evaluators = {"live": live_evaluator(plane), "files": _from_file(file)}
    for source, flags in (
        ("live", ("--kubeconfig", str(plane.kubeconfig()))),
        ("files", ("-f", str(file), "--kubernetes-version", plane.version)),
    ):
        ours = _reviewed(flags, specs)
        for spec, own, theirs in zip(specs, ours, answers, strict=True):
            if source == "files" and own.evaluation_error.startswith(NOT_KNOWN) and _lacks_role(theirs):
                _compare_as_whole(evaluators[source], spec, theirs, tally)
            elif own.evaluation_error.startswith(NOT_KNOWN):
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


def _lacks_role(theirs: Status) -> bool:
    """Whether a role of the caller does not exist. A file does not say that it holds all roles."""
    return not theirs.allowed and " not found" in theirs.reason


def _compare_as_whole(evaluator: Evaluator, spec: worlds.Spec, theirs: Status, tally: Tally) -> None:
    """Compare the decision of *evaluator*, which takes the file for the whole cluster."""
    converted = msgspec.convert(spec, Spec)
    who = Identity(converted.user, tuple(converted.groups or ()))
    verdict = evaluator.decide(who, request(converted)).verdict
    tally.unknown += verdict is Verdict.UNKNOWN
    if verdict is Verdict.ALLOWED:
        tally.differences.append(Difference("files", spec, str(verdict), str(theirs.allowed)))


def _reasons(evaluator: Evaluator, spec: worlds.Spec, own: Status, theirs: Status) -> set[str]:
    """Return the reasons that are right: for a "yes", one for each grant; for a "no", all missing roles."""
    converted = msgspec.convert(spec, Spec)
    query = request(converted)
    who = Identity(converted.user, tuple(converted.groups or ()))
    if not own.allowed:
        return {own.reason, theirs.reason} if _same_errors(own.reason, theirs.reason) else {own.reason}
    places = (query.namespace,) if query.namespace and query.path is None else ()
    grants = (g for g in evaluator.grants(query, places) if g.who in who.principals)
    return {reason(Decision(Verdict.ALLOWED, grant), who) for grant in grants}


def _same_errors(ours: str, theirs: str) -> bool:
    """Whether two lists of missing roles have the same entries; the server's order is that of its cache."""
    (our_begin, _, own), (their_begin, _, other) = (text.partition("RBAC: ") for text in (ours, theirs))
    entries = [sorted(text.strip("[]").split(", ")) for text in (own, other)]
    return our_begin == their_begin and entries[0] == entries[1]


def live_evaluator(plane: ControlPlane) -> Evaluator:
    """Return an evaluator of the live cluster."""
    choice = SourceChoice(connection=ConnectionFlags(kubeconfig=str(plane.kubeconfig())))
    return Evaluator(open_source(choice, _environment()).read(Wanted(KINDS)))


def _from_file(file: Path) -> Evaluator:
    return Evaluator(snapshot_of(file))


def snapshot_of(file: Path) -> Snapshot:
    """Return the snapshot of a file of manifests, completed by Kubernetes' defaults."""
    return FilesSource((str(file),), _environment(), whole_cluster=True).read(Wanted(KINDS))


def _environment() -> Environment:
    import io

    return Environment(io.BytesIO(), io.StringIO(), io.StringIO(), {"HOME": "/nonexistent"}, Path("/"))


def compare_listing(
    plane: ControlPlane, objects: Sequence[worlds.Object], specs: Sequence[worlds.Spec], tally: Tally
) -> None:
    """
    Compare what `who-can` lists for the requests of *specs* with the server's answer for each subject.

    The server is asked about each subject alone: a user or account without groups, or a group without a user.
    """
    questions: list[tuple[worlds.Spec, bool, str]] = []
    for spec in specs:
        listed = _listed(plane, spec)
        for who in sorted(_everybody(objects, spec)):
            expected = who in listed
            questions.append(
                (_spec_of(who, spec), expected, f"who-can {'lists' if expected else 'leaves out'} {who}")
            )
            tally.rows += expected
            tally.outsiders += not expected
    answers = ask(plane, [question for question, _, _ in questions])
    for (spec, expected, text), status in zip(questions, answers, strict=True):
        if status.allowed != expected:
            tally.differences.append(Difference("who-can", spec, text, f"{status.allowed} {status.reason}"))


def _listed(plane: ControlPlane, spec: worlds.Spec) -> set[tuple[str, str]]:
    """Return the principals that `who-can` lists for the request of *spec*, there or cluster-wide."""
    what = spec.get("nonResourceAttributes") or spec["resourceAttributes"]
    flags: list[str] = []
    target = what.get("path", "")
    if "resourceAttributes" in spec:
        target = f"{what.get('resource', '')}.{what.get('group', '')}".rstrip(".")
        flags += ["--subresource", what["subresource"]] if what.get("subresource") else []
        flags += ["--name", what["name"]] if what.get("name") else []
        flags += ["-n", what["namespace"]]
    words = ("who-can", what["verb"], target, *flags, "--any-type", "-o", "json")  # worlds invent types
    done = run(*words, "--kubeconfig", str(plane.kubeconfig()))
    assert done.status == 0, done.stderr
    (query,) = {(q["group"], q["resource"], q["subresource"], q["name"]) for q in done.json["queries"]}
    if "resourceAttributes" in spec:  # the program must have understood the same request
        assert query == tuple(what.get(key, "") for key in ("group", "resource", "subresource", "name"))
    return {_principal(item["subject"]) for item in done.json["items"]}


def _principal(subject: worlds.Object, namespace: str = "") -> tuple[str, str]:
    if subject["kind"] == "ServiceAccount":
        return "User", f"system:serviceaccount:{subject.get('namespace') or namespace}:{subject['name']}"
    return subject["kind"], subject["name"]


def _everybody(objects: Sequence[worlds.Object], spec: worlds.Spec) -> set[tuple[str, str]]:
    """Return the principals that any binding of the world names, and the user of the question."""
    bindings = [manifest for manifest in objects if manifest["kind"].endswith("Binding")]
    named = {_principal(s, b["metadata"].get("namespace", "")) for b in bindings for s in b["subjects"]}
    return named | ({("User", spec["user"])} if spec.get("user") else set())


def _spec_of(who: tuple[str, str], spec: worlds.Spec) -> worlds.Spec:
    """Return the attributes of *spec*, with the principal *who* alone as the subject."""
    kind, name = who
    what = {key: value for key, value in spec.items() if key.endswith("Attributes")}
    return {**what, **({"groups": [name]} if kind == "Group" else {"user": name})}
