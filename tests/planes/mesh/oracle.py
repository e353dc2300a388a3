"""The oracle: a program that translates policies with Istio's code and asks Envoy."""

from __future__ import annotations

import subprocess
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from tests.planes.mesh.build import Programs
from tests.planes.mesh.questions import question
from tests.planes.mesh.worlds import World


class OracleError(Exception):
    """The oracle failed: this is no answer."""


@dataclass(frozen=True)
class Answer:
    """
    What the oracle answers about a world.

    *refused* has the index of each policy that Istio's webhook refuses, and why. *letters* has a row for each
    subject with the letters of each namespace, see `answers.py`. *requests* counts what Envoy was asked.
    """

    world: World
    refused: dict[int, str]
    letters: tuple[tuple[str, ...], ...]
    requests: int


def answers(worlds: Iterable[World], programs: Programs, *, ztunnel: bool = False) -> Iterator[Answer]:
    """
    Yield the answer about each world, in order; raises OracleError if the machinery fails.

    If *ztunnel*, the rules of ztunnel itself can be in force in ambient namespaces as well.
    """
    command = [str(programs.oracle), "-envoy", str(programs.envoy)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        sent: deque[World] = deque()
        faults: list[BaseException] = []
        arguments = (_questions(worlds, sent, ztunnel), process.stdin, faults)
        writer = threading.Thread(target=_write, args=arguments, daemon=True)
        writer.start()
        assert process.stdout is not None
        for line in process.stdout:
            yield _answer(sent.popleft(), msgspec.json.decode(line))
        writer.join()
    if process.returncode:
        raise OracleError(f"the oracle ended with status {process.returncode}")
    if faults:
        raise faults[0]


def _questions(worlds: Iterable[World], sent: deque[World], ztunnel: bool) -> Iterator[dict[str, Any]]:
    """Yield the questions; the other thread reads which worlds were *sent*."""
    for world in worlds:
        sent.append(world)
        yield question(world, ztunnel=ztunnel)


def _write(questions: Iterable[dict[str, Any]], stream: Any, faults: list[BaseException]) -> None:
    """Write the questions; the other thread reads the *faults*."""
    try:
        with stream:
            for content in questions:
                stream.write(msgspec.json.encode(content) + b"\n")
    except BrokenPipeError:
        pass  # the status says that the program failed
    except Exception as error:  # it is raised again in the other thread
        faults.append(error)


def _answer(world: World, content: dict[str, Any]) -> Answer:
    if content["id"] != world.number:
        raise OracleError(f"an answer about world {content['id']} instead of {world.number}")
    refused = {int(index): reason for index, reason in (content["refused"] or {}).items()}
    letters = tuple(tuple(row) for row in content["letters"])
    return Answer(world, refused, letters, content["asked"])
