"""What the formats for code scanning share: names, files, fingerprints, and what an answer lacks."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from urllib.parse import quote

from kubectl_kfaccess.named_tuple import NamedTuple
from kubectl_kfaccess.notes import text_of_note
from kubectl_kfaccess.output.results import Place, Result
from kubectl_kfaccess.rbac.evaluator import gap_text
from kubectl_kfaccess.terminal.safe_text import line, part

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.envelope import Response

WITHOUT_FILE = "access"
"""The folder that objects without a file seem to be in: consumers want a path for each result."""

_DIGITS = 32


class Remark(NamedTuple):
    """What is to be known besides the results. *level* is that of a result, *code* says what kind it is."""

    level: str
    code: str
    text: str


def remarks(response: Response) -> Iterator[Remark]:
    """Yield why there is no answer, what could not be read, and the notes, safe to show."""
    for error in response.errors:
        yield Remark("error", error.code.value, line("; ".join(filter(None, (error.message, error.hint)))))
    for gap in response.gaps:
        yield Remark("warning", gap.code.value, line(gap_text(gap)))
    for word, texts in (response.hypothetical or {}).items():
        if isinstance(texts, list) and texts:
            yield Remark("note", "hypothetical", line(f"answered --{word} {', '.join(map(str, texts))}"))
    for note in response.notes:
        yield Remark("note", "note", line(text_of_note(note)))


def full_name(place: Place) -> str:
    """Return the object as people write it, such as `RoleBinding team-a/default-editor`, safe to show."""
    names = "/".join(part(name) for name in (place.namespace, place.name) if name)
    return f"{line(place.kind)} {names}".strip()


def path_of(place: Place) -> str:
    """
    Return the path of the object's file, with forward slashes; where there is none, one that is made up.

    A made-up path says which object it is, `access/NAMESPACE/KIND.NAME.yaml`, and stays the same.
    """
    if place.file:
        return PurePath(place.file).as_posix()
    name = ".".join(map(_in_path, filter(None, (place.kind, place.name))))
    folder = _in_path(place.namespace).replace(".", "%2e")  # `..` would be another folder
    return "/".join(filter(None, (WITHOUT_FILE, folder, f"{name or 'cluster'}.yaml")))


def _in_path(name: str) -> str:
    """Return *name* as one part of a path, with escapes such as `%2f` in it."""
    return quote(name.encode("utf-8", "surrogatepass"), safe="@:+")


def numbered(results: Iterable[Result]) -> Iterator[tuple[Result, int]]:
    """Yield each result with its number, from 1, among those of the same fingerprint."""
    seen: Counter[str] = Counter()
    for result in results:
        seen[result.fingerprint] += 1
        yield result, seen[result.fingerprint]


def digest(*texts: str) -> str:
    """Return a hash of *texts* as 32 hexadecimal digits."""
    content = "\0".join(texts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(content).hexdigest()[:_DIGITS]
