"""`python -m tests.planes.mesh`: compare the tool's answers about the mesh with Istio and Envoy."""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.controlplane.__main__ import objects_from
from tests.controlplane.step import AssetError
from tests.planes.mesh.answers import Comparison, Verdict, compared, snapshot
from tests.planes.mesh.build import Programs, programs
from tests.planes.mesh.clusters import cluster
from tests.planes.mesh.kubeflow_policies import OWNER
from tests.planes.mesh.oracle import Answer, OracleError, answers
from tests.planes.mesh.recorded import RECORDED, write
from tests.planes.mesh.settings import ROOTS
from tests.planes.mesh.worlds import random_worlds


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit status: 0 if nothing is contradicted, 1 if something is, 2 if the machinery fails."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options, programs()))
    except (AssetError, OracleError) as error:
        print(error, file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.planes.mesh", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    compare = commands.add_parser("compare", help="compare answers about random clusters")
    compare.add_argument("--worlds", type=int, default=20_000, help="default: %(default)s")
    compare.add_argument("--seed", type=int, default=None, help="default: a random one, which is printed")
    compare.add_argument("--show", type=int, default=5, help="contradictions to print, default: %(default)s")
    compare.add_argument("--ztunnel", action="store_true", help="ztunnel itself can enforce, too")
    compare.set_defaults(run=_compare)
    record = commands.add_parser("record", help="write the letters of random clusters for the tests")
    record.add_argument("--worlds", type=int, default=400, help="default: %(default)s")
    record.add_argument("--seed", type=int, default=None, help="default: a random one, which is printed")
    record.set_defaults(run=_record)
    facts = commands.add_parser("facts", help="compare answers about the objects of files")
    facts.add_argument("files", nargs="+", type=Path, metavar="FILE")
    facts.set_defaults(run=_facts)
    return parser


def _compare(options: argparse.Namespace, found: Programs) -> int:
    seed = _seed(options)
    start, requests, refused = time.monotonic(), 0, 0
    counts: Counter[tuple[str, str, Verdict]] = Counter()
    shown = 0
    places: list[str] = []
    for answer in answers(random_worlds(seed, options.worlds), found, ztunnel=options.ztunnel):
        requests, refused = requests + answer.requests, refused + len(answer.refused)
        for comparison in comparisons(answer):
            counts[comparison.ours, comparison.cause, comparison.verdict] += 1
            if comparison.verdict is not Verdict.CONTRADICTED:
                continue
            who = " ".join(filter(None, comparison.subject))
            places.append(f"seed {seed}, world {answer.world.number}: {who} in {comparison.namespace}")
            if shown < options.show:
                shown += 1
                print(contradiction(seed, answer, comparison), flush=True)
    seconds = time.monotonic() - start
    print(f"{requests} requests in {seconds:.0f} s; Istio refused {refused} policies")
    print(summary(counts))
    print("".join(f"contradicted: {place}\n" for place in places), end="")  # at the end, which logs keep
    return int(bool(places))


def _record(options: argparse.Namespace, found: Programs) -> int:
    seed = _seed(options)
    write(answers(random_worlds(seed, options.worlds), found), seed)
    print(f"{RECORDED}: {RECORDED.stat().st_size} bytes")
    return 0


def _facts(options: argparse.Namespace, found: Programs) -> int:
    objects = [content for file in options.files for content in objects_from(file)]
    (answer,) = answers([cluster(objects)], found)
    for index, reason in answer.refused.items():
        print(f"Istio refuses {answer.world.policies[index]['metadata']['name']}: {reason}")
    counts: Counter[tuple[str, str, Verdict]] = Counter()
    for comparison in comparisons(answer):
        counts[comparison.ours, comparison.cause, comparison.verdict] += 1
        who = " ".join(filter(None, comparison.subject))
        row = f"{comparison.namespace:20} {who:45} {comparison.ours:8} {comparison.letters}"
        print(f"{row}  {comparison.verdict.value}")
    print(summary(counts))
    return int(any(verdict is Verdict.CONTRADICTED for _, _, verdict in counts))


def _seed(options: argparse.Namespace) -> int:
    """Return the seed of the random clusters after printing it."""
    seed: int = secrets.randbelow(10**9) if options.seed is None else options.seed
    print(f"{options.worlds} worlds, seed {seed}", flush=True)
    return seed


def comparisons(answer: Answer) -> list[Comparison]:
    """Return the tool's answers about a world beside the letters."""
    world = answer.world
    known = snapshot(world.objects(frozenset(answer.refused)), world.gaps)
    return list(compared(known, world.subjects, world.namespaces, answer.letters))


def contradiction(seed: int, answer: Answer, comparison: Comparison) -> str:
    """Return a text with all that is needed to understand a contradiction."""
    world = answer.world
    objects = world.objects(frozenset(answer.refused))
    shown = [content for content in objects if _matters(content, comparison.namespace)]
    who = " ".join(filter(None, comparison.subject))
    lines = (
        f"--- seed {seed}, world {world.number}: {who} in {comparison.namespace}",
        f"ours: {comparison.ours} ({comparison.cause}); letters: {comparison.letters}",
        f"gaps: {', '.join('/'.join(gap) for gap in world.gaps) or 'none'}",
        yaml.safe_dump_all(shown, sort_keys=False, width=110, default_flow_style=None),
    )
    return "\n".join(lines)


def _matters(content: dict[str, Any], namespace: str) -> bool:
    """Return whether an object can matter to the workloads of a namespace."""
    metadata = content["metadata"]
    if content["kind"] == "AuthorizationPolicy":
        return metadata["namespace"] in (namespace, *ROOTS) or metadata["name"] == OWNER
    return content["kind"] == "ConfigMap" or bool(metadata["name"] == namespace)


def summary(counts: Counter[tuple[str, str, Verdict]]) -> str:
    """Return a table of the answers by cause, and how many unknown ones were constant."""
    lines = []
    for (ours, cause, verdict), count in sorted(counts.items(), key=lambda item: (item[0][:2], -item[1])):
        lines.append(f"{ours:8} {cause:20} {verdict.value:16} {count:8}")
    unknown = sum(count for (ours, _, _), count in counts.items() if ours == "unknown")
    constant = sum(count for (_, _, verdict), count in counts.items() if verdict is Verdict.CONSTANT)
    wrong = sum(count for (_, _, verdict), count in counts.items() if verdict is Verdict.CONTRADICTED)
    total = sum(counts.values())
    share = 100 * constant / unknown if unknown else 0
    lines.append(f"{total} answers, {wrong} contradicted")
    lines.append(f"{unknown} unknown, {constant} of them constant ({share:.1f} %)")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
