"""Contents of files that are too big or too odd to be in a table, by name."""

from __future__ import annotations

from collections.abc import Callable

ROLE = b"apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: a, namespace: b}\n"
JSON_ROLE = b'{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "rules": '
REVIEW = (
    b'{"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", '
    b'"spec": {"user": "u", "nonResourceAttributes": {"path": "/"}}}\n'
)
DEEP = 100_000


def _laughs(levels: int, width: int) -> bytes:
    """Return lists of aliases of lists: *width* to the power of *levels* values in a few hundred bytes."""
    lines = [f"l0: &l0 [{', '.join(['lol'] * width)}]"]
    lines += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * width)}]" for n in range(1, levels)]
    return ROLE + "".join(f"{line}\n" for line in lines).encode() + b"rules: *l%d\n" % (levels - 1)


def _deep_block() -> bytes:
    """Return a mapping in a mapping in a mapping, each indented by one more."""
    return ROLE + b"rules:\n" + b"".join(b" " * n + b"a:\n" for n in range(1, 2_000))


GENERATORS: dict[str, Callable[[], bytes]] = {
    "billion laughs": lambda: _laughs(9, 10),
    "many laughs": lambda: _laughs(30, 30),
    "deep flow lists": lambda: ROLE + b"rules: " + b"[" * DEEP + b"]" * DEEP + b"\n",
    "deep flow lists, unclosed": lambda: ROLE + b"rules: " + b"[" * DEEP,
    "deep flow mappings": lambda: ROLE + b"rules: " + b"{a: " * DEEP + b"}" * DEEP + b"\n",
    "deep block mappings": _deep_block,
    "deep block lists": lambda: ROLE + b"rules:\n" + b"- " * DEEP + b"a\n",
    "deep complex keys": lambda: ROLE + b"rules:\n" + b"? " * DEEP + b"a\n",
    "deep JSON lists": lambda: JSON_ROLE + b"[" * DEEP + b"]" * DEEP + b"}",
    "deep JSON mappings": lambda: JSON_ROLE + b'{"a":' * DEEP + b"1" + b"}" * (DEEP + 1),
    "deep JSON, unclosed": lambda: b"[" * DEEP,
    "deep JSON Lists": lambda: b'{"kind": "List", "apiVersion": "v1", "items": [' * DEEP + b"]}" * DEEP,
    "one long line": lambda: b"a" * 5_000_000,
    "long key": lambda: b"a" * 100_000 + b": 1\n",
    "noise": lambda: bytes(range(256)) * 1000,
    "zeros": lambda: bytes(100_000),
    "cut in a character": lambda: ROLE + "note: é".encode()[:-1],
    "number without end": lambda: JSON_ROLE + b"1" * DEEP + b"}",
    "YAML number without end": lambda: ROLE + b"rules: " + b"1" * 100_000 + b"\n",
    "sexagesimal number": lambda: ROLE + b"rules: " + b":".join([b"1"] * 50_000) + b"\n",
    "noise in a first review": lambda: REVIEW.replace(b'"u"', b'"\xff"'),
    "noise in a second review": lambda: REVIEW + REVIEW.replace(b'"u"', b'"\xff"'),
    "deep second review": lambda: REVIEW + b'{"spec": {"extra": ' + b"[" * DEEP + b"]" * DEEP + b"}}\n",
    "many separators": lambda: b"---\n" * DEEP,
}
