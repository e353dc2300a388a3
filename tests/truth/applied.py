"""Apply random bundles with the real kubectl, object by object, and compare with what `can-apply` says."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.controlplane import crds
from tests.controlplane.cluster import ControlPlane, Loaded
from tests.controlplane.load import load, wait_for_aggregation
from tests.running import run
from tests.truth.arena import DEEPEST, wait_for_authorizer
from tests.truth.bundles import CLUSTER_SCOPED, BundleWorld, Object

WORDS = {
    "kubectl": ("apply",),
    "server-side": ("apply", "--server-side", "--force-conflicts"),
    "create": ("create",),
    "replace": ("replace",),
    "delete": ("delete", "--wait=false"),
}
_PHRASES = (
    re.compile(r'cannot \w+ resource "[^"]*" in API group "[^"]*"(?: in the namespace "[^"]*")?'),
    re.compile("attempting to grant"),
    re.compile('namespaces "[^"]*" not found'),
    re.compile('[a-z.0-9]+ "[^"]*" not found'),
    re.compile("already exists"),
    re.compile('no matches for kind "[^"]*"'),
    re.compile("field is immutable"),
    re.compile("could not find the requested resource"),
    re.compile("must be specified for an update"),
)
_SAME = (  # ours, and what kubectl says when it applies object by object, or on some versions
    ("attempting to grant", "must have cluster-admin privileges to use the aggregationRule"),
    ("could not find the requested resource", "no matches for kind"),
    ("field is immutable", "cannot change roleRef"),
)


@dataclass
class Tally:
    """How much was applied, and what differed."""

    bundles: int = 0
    objects: int = 0
    own: int = 0
    refused: int = 0
    fixed: int = 0
    beyond: int = 0
    differences: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Applied:
    """Whether kubectl could apply an object, and what it wrote to stderr."""

    passed: bool
    stderr: str


def compare(plane: ControlPlane, world: BundleWorld, folder: Path, tally: Tally) -> bool:
    """
    Ask `can-apply` about the bundle of *world*, apply it as the user, and compare object by object.

    Return whether all objects were applied.
    """
    assert [] == load(plane, world.existing)
    _settle(plane, world.existing)
    said = items(plane, world, folder)
    _compare_own_answer(plane, world, folder, said, tally)
    applied = apply(plane, world, folder)
    tally.bundles += 1
    for number, (item, real) in enumerate(zip(said, applied, strict=True)):
        tally.objects += 1
        tally.refused += not real.passed
        if problem := _difference(item, real):
            tally.differences.append(f"{world.prefix} by {world.way}, object {number}: {problem}")
    return all(real.passed for real in applied)


def _compare_own_answer(
    plane: ControlPlane, world: BundleWorld, folder: Path, said: Sequence[dict[str, Any]], tally: Tally
) -> None:
    """Compare the answer to the user, who can read little, with that to an administrator."""
    file, flags = folder / "bundle.yaml", ("--kubeconfig", str(plane.kubeconfig()), "--as", world.user)
    done = run("can-apply", str(file), "--by", world.way, *flags, "-o", "json")
    for own, full in zip(done.json["items"], said, strict=True):
        tally.own += own["decision"] != "Unknown"
        if own["decision"] not in ("Unknown", full["decision"]):
            tally.differences.append(
                f"{world.prefix} by {world.way}: {own['object']}: {own['decision']} to the user,"
                f" {full['decision']} to an administrator"
            )


def compare_fix(plane: ControlPlane, world: BundleWorld, folder: Path, tally: Tally) -> None:
    """Apply what `-o fix` prints before the bundle, and compare what still fails with what it announces."""
    assert [] == load(plane, world.existing)
    _settle(plane, world.existing)
    done = run(*_words(plane, world, folder), "-o", "fix")
    if done.status == 0 and done.stdout:
        fixes = [manifest for manifest in yaml.safe_load_all(done.stdout) if manifest]
        assert [] == load(plane, fixes)
        _settle(plane, fixes)
        tally.fixed += 1
    else:
        assert "" == done.stdout
    announced = done.stdout.count("\n# - ")
    said = items(plane, world, folder)
    failing = [item for item in said if item["decision"] != "Allowed"]
    if done.stdout and len(failing) != announced:
        tally.differences.append(f"{world.prefix}: {announced} announced, {len(failing)} fail: {failing}")
    for item, real in zip(said, apply(plane, world, folder), strict=True):
        tally.beyond += not real.passed
        if problem := _difference(item, real):
            tally.differences.append(f"{world.prefix} by {world.way}, after the fix: {problem}")
        is_permission = "forbidden" in real.stderr.lower()
        if done.stdout and not real.passed and is_permission:
            tally.differences.append(f"{world.prefix} by {world.way}, in spite of the fix: {real.stderr}")


def items(plane: ControlPlane, world: BundleWorld, folder: Path) -> list[dict[str, Any]]:
    """Return what `can-apply` says of each object."""
    done = run(*_words(plane, world, folder), "-o", "json")
    assert done.status in (0, 1, 3), done.stderr
    result: list[dict[str, Any]] = done.json["items"]
    return result


def _words(plane: ControlPlane, world: BundleWorld, folder: Path) -> tuple[str, ...]:
    file = folder / "bundle.yaml"
    file.write_text(yaml.safe_dump_all(world.bundle, sort_keys=False), encoding="utf-8")
    flags = ("--kubeconfig", str(plane.kubeconfig()), "--subject", f"user:{world.user}")
    return ("can-apply", str(file), "--by", world.way, *flags)


def apply(plane: ControlPlane, world: BundleWorld, folder: Path) -> list[Applied]:
    """Apply the objects in their order as the user; wait for caches and controllers in between."""
    results = []
    for part in _parts(world.bundle):
        for each, result in zip(part, _kubectl(plane, world, part, folder), strict=True):
            results.append(result)
            if result.passed:
                _register(plane, each)
                if world.way != "delete":
                    _settle(plane, [each])
                elif each["apiVersion"].startswith("rbac."):
                    wait_for_authorizer(plane)
    return results


def _parts(bundle: Sequence[Object]) -> list[list[Object]]:
    """Return the objects in parts for one run of kubectl each: what others depend on is alone."""
    parts: list[list[Object]] = []
    for each in bundle:
        if parts and _is_plain(each) and _is_plain(parts[-1][0]):
            parts[-1].append(each)
        else:
            parts.append([each])
    return parts


def _is_plain(each: Object) -> bool:
    return each["kind"] not in CLUSTER_SCOPED and not each["apiVersion"].startswith("rbac.")


def _kubectl(plane: ControlPlane, world: BundleWorld, part: Sequence[Object], folder: Path) -> list[Applied]:
    """Run kubectl, which goes on after a refusal and prints the names of what it has written."""
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(part)})
    common = ("--kubeconfig", str(plane.kubeconfig()), "--as", world.user, "--cache-dir", str(folder))
    command = [str(plane.kubectl), *WORDS[world.way], "-f", "-", "-o", "name", *common]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)
    written = {tuple(line.split("/")) for line in done.stdout.splitlines()}
    names = {(kind.partition(".")[0], name) for kind, name in written}
    results = [(each["kind"].lower(), each["metadata"]["name"]) in names for each in part]
    assert all(results) == (done.returncode == 0), done.stderr
    return [Applied(passed, "" if passed else done.stderr) for passed in results]


def _register(plane: ControlPlane, each: Object) -> None:
    """Let the object be removed at the end, if it is not in a namespace that is."""
    kind, name = each["kind"], each["metadata"]["name"]
    if kind in CLUSTER_SCOPED:
        base = "/api/v1" if each["apiVersion"] == "v1" else f"/apis/{each['apiVersion']}"
        plane.loaded.append(Loaded(kind, "", name, f"{base}/{_plural(kind)}/{name}", None))


def _plural(kind: str) -> str:
    return f"{kind.lower()}s"


def _settle(plane: ControlPlane, objects: Sequence[Object]) -> None:
    """Wait until the server's caches and controllers have seen *objects*."""
    crds.wait_until_served(plane, [each for each in objects if each["kind"] == crds.KIND])
    if any("aggregationRule" in each for each in objects):
        wait_for_aggregation(plane, depth=DEEPEST)
    if any(each["apiVersion"].startswith("rbac.") for each in objects):
        wait_for_authorizer(plane)


def _difference(item: dict[str, Any], real: Applied) -> str:
    """Return how the answer differs from what kubectl did, "" if it does not."""
    text = f"{item['object']['kind']} {item['object']['name']}"
    if (item["decision"] == "Allowed") != real.passed or item["decision"] == "Unknown":
        return f"{text}: we say {item['decision']} ({item['refusal']}), kubectl: {real.stderr or 'done'}"
    if real.passed:
        return ""
    phrases = [match[0] for phrase in _PHRASES for match in phrase.finditer(item["refusal"])]
    is_named = any(phrase in real.stderr for phrase in phrases[:1])
    if is_named or any(ours in item["refusal"] and theirs in real.stderr for ours, theirs in _SAME):
        return ""
    return f"{text}: we expect {item['refusal']!r}, kubectl says {real.stderr!r}"
