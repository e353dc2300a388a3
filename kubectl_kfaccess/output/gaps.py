"""What could not be read, as lines for people: whole in machine formats, here without what is said twice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from kubectl_kfaccess.rbac.snapshot import Gap

_MOST_PLACES = 3
# The authorizer's own words, which name the resource and the namespace again
_FORBIDDEN = re.compile(
    r'\S+ is forbidden: User "(.*?)" cannot \S+ resource "[^"]*" in API group "[^"]*" '
    r'(?:at the cluster scope|in the namespace "[^"]*")'
)


def lines(gaps: Iterable[Gap], word: str = "warning") -> Iterator[str]:
    """Yield a line that begins with *word* for each reason, with the resources and places that share it."""
    by_place: dict[tuple[str, str], list[str]] = {}
    for gap in gaps:
        by_place.setdefault((gap.namespace, _short(gap.reason)), []).append(gap.resource)
    alike: dict[tuple[str, str, bool], list[str]] = {}
    for (namespace, reason), resources in by_place.items():
        alike.setdefault((", ".join(resources), reason, bool(namespace)), []).append(namespace)
    for (resources_text, reason, _), places in alike.items():
        yield f"{word}: cannot list {resources_text}{_places(places)}: {reason}"


def short(text: str) -> str:
    """Return *text* without what the authorizer repeats in it: which resource, and where."""
    return _FORBIDDEN.sub(r"forbidden to `\1`", text)


def _short(reason: str) -> str:
    """The reason in short if that is all that it says."""
    return short(reason) if _FORBIDDEN.fullmatch(reason) else reason


def _places(names: list[str]) -> str:
    """Where, if it is not everywhere: a few namespaces, or some of many and how many more there are."""
    if names == [""]:
        return ""
    shown = names if len(names) <= _MOST_PLACES else names[: _MOST_PLACES - 1]
    more = f" and {len(names) - len(shown):,} more" if len(names) > len(shown) else ""
    word = "namespace" if len(names) == 1 else "namespaces"
    return f" in {word} {', '.join(f'`{name}`' for name in shown)}{more}"
