"""
A snapshot without its names: a token stands for each, wherever it occurs, also inside other names.

A name occurs inside a text only as whole words, so that `team` is not seen in `teams`. Of names that begin at
the same word the longest counts. What Kubernetes and the API define (kinds, verbs, types) is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from kubectl_kfaccess.commands.snapshot.capture import Capture
from kubectl_kfaccess.commands.snapshot.names import kept_names, own_names, user_parts
from kubectl_kfaccess.commands.snapshot.tokens import Tokens, core, dashed
from kubectl_kfaccess.kubeflow.tenants.contributors import ROLES, kfam_name
from kubectl_kfaccess.rbac.manifests import LAST_APPLIED
from kubectl_kfaccess.sources.snapshots.document import Document

MOST_WORDS = 16
"""The largest number of words in a name that is looked for inside a text."""
_WORDS = re.compile(r"[^\W_]+")

FIXED = frozenset(
    (
        "apiVersion", "kind", "apiGroup", "toolVersion", "time", "origin", "discovery", "version", "code",
        "namespaceFrom", "verbs", "apiGroups", "resources", "nonResourceURLs", "resource", "action",
        "methods", "ports", "managedFields", "resourceVersion", "operator", "assumed",
    )
)  # fmt: skip
"""The keys below which there is no name."""
_KEYED = ("labels", "annotations", "matchLabels")
_KNOWN_KEY = re.compile(
    r"(user|role|owner|name|app|istio-injection)$|(.*\.)?"
    r"(kubernetes\.io|k8s\.io|kubeflow\.org|istio\.io|argoproj\.io|fluxcd\.io|helm\.sh|knative\.dev|x-k8s\.io"
    r"|eks\.amazonaws\.com|iam\.gke\.io)/"
)
_T = TypeVar("_T")


def anonymized(document: Document, capture: Capture) -> Document:
    """Return the document with tokens for its names; the cluster's UID and context are left out."""
    by = document.by
    people = (*user_parts(by.user), *by.groups, document.cluster.namespace)
    places = (name for names in capture.lists.values() for name in names)
    text = _Text(Tokens(own_names(capture.snapshot, (*people, *places)), kept_names()))
    cluster = replace(document.cluster, uid="", context="")
    nameless = replace(document, cluster=cluster, by=replace(by, uid="", extra={}), anonymized=True)
    data = msgspec.json.decode(msgspec.json.encode(nameless))
    changed = text.data(data)
    for objects in changed["objects"].values():
        objects.sort(key=lambda item: (item["metadata"].get("namespace", ""), item["metadata"]["name"]))
    return msgspec.json.decode(msgspec.json.encode(changed), type=Document)


class _Text:
    """Texts with tokens in place of names."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._known = {name: name for name in kept_names()}
        self._known.update(tokens.parts())
        for name in tokens.names:
            self._known.update(_forms(name, tokens.of(name)))
        self._known.update((core(name), core(tokens.of(name))) for name in tokens.names)
        self._done: dict[str, str] = {}

    def data(self, value: _T, key: str = "") -> _T:
        """Return plain data with tokens; *key* is the one that it stands below."""
        result: object = value
        if key in FIXED:
            return value
        if isinstance(value, str):
            result = self._of_key(value) if key == "key" else self.text(value)
        elif isinstance(value, list):
            result = [self.data(entry, key) for entry in value]
        elif isinstance(value, dict):
            result = dict(self._entries(value, key))
        return result  # type: ignore[return-value] # it has the shape of the value

    def _entries(self, value: dict[str, object], key: str) -> Iterator[tuple[str, object]]:
        for name, entry in value.items():
            if key == "annotations":
                yield self._of_key(name), self._annotation(name, str(entry))
            elif key in _KEYED:
                yield self._of_key(name), self.text(str(entry))
            elif name == "image":
                yield name, str(entry).rpartition("/")[2]
            else:
                yield name, self.data(entry, name)

    def _annotation(self, name: str, text: str) -> str:
        """Return an annotation's value; "" if nobody knows what is in it."""
        if name == LAST_APPLIED:
            try:
                return msgspec.json.encode(self.data(msgspec.json.decode(text))).decode()
            except (msgspec.DecodeError, RecursionError):
                return ""
        return self.text(text) if _KNOWN_KEY.match(name) else ""

    def _of_key(self, name: str) -> str:
        """Return the key of a label or of a condition of the mesh."""
        is_fixed = _KNOWN_KEY.match(name) or name.startswith(("request.", "source.", "destination."))
        return name if is_fixed else self.text(name)

    def text(self, text: str) -> str:
        """Return a text with tokens in place of the names in it."""
        if text not in self._done:
            self._done[text] = self._known.get(text) or "".join(self._pieces(text))
        return self._done[text]

    def _pieces(self, text: str) -> Iterator[str]:
        spans = [match.span() for match in _WORDS.finditer(text)]
        at, position = 0, 0
        while at < len(spans):
            start = spans[at][0]
            yield text[position:start]
            last = self._last_word(text, spans, at)
            position = spans[last][1]
            yield self._known.get(text[start:position], text[start:position])
            at = last + 1
        yield text[position:]

    def _last_word(self, text: str, spans: list[tuple[int, int]], at: int) -> int:
        """Return the last word of the longest name that begins with word *at*; the word itself if none."""
        start = spans[at][0]
        for last in range(min(len(spans), at + MOST_WORDS) - 1, at, -1):
            if text[start : spans[last][1]] in self._known:
                return last
        return at


def _forms(name: str, token: str) -> Iterator[tuple[str, str]]:
    """Yield the names that are made of a name, each with what is made of its token."""
    yield dashed(name), dashed(token)
    for kind in ("User", "Group"):
        yield from ((kfam_name(kind, name, role), kfam_name(kind, token, role)) for role in ROLES)
    yield name, token
