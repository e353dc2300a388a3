"""
What is wrong, for code scanning: results of rules, each at a place, each with a fingerprint that stays.

The values hold names as they are in the cluster: the formats make them safe.
"""

from __future__ import annotations

from kubectl_kfaccess.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.findings.accepted import Accepted

LEVELS = ("error", "warning", "note")
"""How bad a result is, the worst first."""


class Rule(NamedTuple):
    """
    What results of one kind have in common. Its *id* never changes, and its texts contain no names.

    *title* is a sentence, *text* and *markdown* are the help: what it means, why it matters, how to fix it.
    *level* is one of LEVELS. *security_severity* is a number from 0.1 to 10.0 as text, as GitHub reads it
    (from 9.0 it is critical, from 7.0 high, from 4.0 medium); "" if the rule is not about security.
    *references* are the ids that advisories, issues and standards have for it.
    """

    id: str
    title: str
    text: str
    markdown: str
    level: str
    security_severity: str = ""
    references: tuple[str, ...] = ()


class Place(NamedTuple):
    """
    The object that a result is about, with the *file* and *line* that it was read from; "" and 0: unknown.

    Lines count from 1. *namespace* is "" for a cluster-scoped object. *file* is a path with the system's own
    separators, "" also for standard input.
    """

    kind: str
    namespace: str
    name: str
    file: str = ""
    line: int = 0


class Step(NamedTuple):
    """One of the steps by which something is reached: a sentence, and the object that makes it possible."""

    message: str
    place: Place


class Result(NamedTuple):
    """
    One thing that is wrong. *message* is one line, *level* is one of LEVELS.

    *place* is where to fix it, *related* are other objects that have to do with it. *fingerprint* stays the
    same from run to run and differs for whatever is not the same. *accepted* says why it is expected.
    """

    rule: Rule
    level: str
    message: str
    place: Place
    fingerprint: str
    related: tuple[Place, ...] = ()
    steps: tuple[Step, ...] = ()
    accepted: Accepted | None = None
