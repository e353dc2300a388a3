"""
Parses a pasted error: RBAC denied a request, or something other than RBAC refused it.

The patterns mirror the functions that write the messages: forbiddenMessage of Kubernetes' apiserver,
IsAuthorized of the pipelines API, generate_unauthorized_message of the web apps, generateUnauthorizedMessage
of Katib's page, and the filters of the kubelet and of kube-rbac-proxy. A text can hold anything, so its
length is bounded, and so is every repetition in a pattern.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.resolve.copied_text import (
    NUL,
    go_unquoted,
    layers,
    layers_around,
    on_one_line,
    plain,
    unescaped,
    without_margins,
    without_shared_margins,
)
from kubectl_kfaccess.resolve.other_gates import GATES, NotRbac
from kubectl_kfaccess.resolve.outer_gates import OUTER_GATES
from kubectl_kfaccess.resolve.pipelines_gates import PIPELINES_GATES

MOST_CHARACTERS = 1_000_000
MOST_REFUSALS = 1_000  # of the end of a long log
LONGEST_MESSAGE = 6_000


class ErrorQuestion(Struct, frozen=True):
    """
    A request that was denied, and the user it was denied to ("" if the error does not say).

    *via* is the plane that denied it, *text* the part of the pasted text that says so. *is_partial*: the
    error names neither the API group nor the namespace.
    """

    user: str
    request: Request
    via: Plane
    groups: tuple[str, ...] = ()
    text: str = ""
    is_partial: bool = False


class CutError(Struct, frozen=True):
    """A denied request whose text ends too early: *missing* says what is not there, "" what is unknown."""

    user: str
    verb: str
    resource: str
    missing: str


Refusal = ErrorQuestion | CutError | NotRbac


def parse_errors(text: str) -> tuple[Refusal, ...]:
    """
    Return the refusals in *text*, each once, ordered by where they are last; empty if it holds none.

    Of a text longer than MOST_CHARACTERS only that much is read.
    """
    bare = without_margins(plain(text[:MOST_CHARACTERS]))
    shared = without_shared_margins(bare)
    readings = dict.fromkeys(reading.replace(NUL, " ") for reading in (bare, shared))
    refusals = _distinct(_of_readings(readings))
    if _has_question(refusals):
        return refusals
    joined = dict.fromkeys(on_one_line(reading) for reading in (bare, shared))
    others = [_distinct(_of_readings([reading])) for reading in joined if reading not in readings]
    return next(filter(_has_question, others), refusals or next(filter(None, others), ()))


def _of_readings(readings: Iterable[str]) -> list[tuple[int, Refusal]]:
    """Return the refusals in all readings of one text; one that a reading has whole is not cut in another."""
    placed = [pair for reading in readings for pair in _placed_refusals(reading)]
    whole = {position for position, refusal in placed if isinstance(refusal, ErrorQuestion)}
    return [
        (position, refusal)
        for position, refusal in placed
        if not (isinstance(refusal, CutError) and position in whole)
    ]


def _has_question(refusals: Iterable[Refusal]) -> bool:
    return any(isinstance(refusal, ErrorQuestion) for refusal in refusals)


def _distinct(placed: Iterable[tuple[int, Refusal]]) -> tuple[Refusal, ...]:
    """Return the refusals, each once; one without a user is dropped if another adds the user."""
    by_key: dict[object, Refusal] = {}
    for _, refusal in sorted(placed, key=lambda pair: pair[0]):
        by_key.pop(_key(refusal), None)
        by_key[_key(refusal)] = refusal
    with_user = {
        (refusal.request, refusal.via)
        for refusal in by_key.values()
        if isinstance(refusal, ErrorQuestion) and refusal.user
    }
    return tuple(
        refusal
        for refusal in by_key.values()
        if not isinstance(refusal, ErrorQuestion)
        or refusal.user
        or (refusal.request, refusal.via) not in with_user
    )


def _key(refusal: Refusal) -> object:
    """Return a key that two refusals share if they are the same but for their wording."""
    if isinstance(refusal, ErrorQuestion):
        return refusal.user, refusal.request, refusal.via
    return refusal.what if isinstance(refusal, NotRbac) else refusal


def _placed_refusals(text: str) -> Iterator[tuple[int, Refusal]]:
    """Yield the position and the refusal for everything in *text* that a pattern matches."""
    for anchor in deque(_ANCHOR.finditer(text), MOST_REFUSALS):
        if refusal := _at(text, anchor):
            yield anchor.start(), refusal
    bare = _BREAKS.sub("\n", _ESCAPED_QUOTES.sub("", text))
    for match in deque(_PROXIED.finditer(bare), MOST_REFUSALS):
        yield match.start(), _of_proxy(match)
    for match in deque(_UPLOAD.finditer(bare), MOST_REFUSALS):
        yield match.start(), _of_upload(match)
    for pattern, gate in PIPELINES_GATES:
        for match in deque(pattern.finditer(bare), 1):
            yield match.start(), gate
        bare = pattern.sub(_blanks, bare)
    for pattern, gate in (*GATES, *OUTER_GATES):
        for match in deque(pattern.finditer(bare), 1):
            yield match.start(), _with_name(gate, match)


def _blanks(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _with_name(gate: NotRbac, match: re.Match[str]) -> NotRbac:
    """Return *gate* with `{name}` in its advice replaced by the name in the text."""
    name = next(filter(None, match.groupdict().values()), "NAME")
    return replace(gate, advice=tuple(line.replace("{name}", name) for line in gate.advice))


_BLANK = r"(?:\s|\\{1,8}[nrt]){1,300}"
_ESCAPED_QUOTES = re.compile(r"(?<!\\)\\+(?=[\"'])")
_BREAKS = re.compile(r"(?<!\\)\\[nrt]")


def _pattern(text: str) -> re.Pattern[str]:
    """Return the compiled pattern, in which each blank matches any white space (at most 300 characters)."""
    return re.compile(text.replace(" ", _BLANK), re.MULTILINE)


_ANCHOR = _pattern(r"User:? (?P<slashes>\\{0,63})(?P<quote>[\"'`]?)")


def _at(text: str, anchor: re.Match[str]) -> ErrorQuestion | CutError | None:
    """Return what the message that begins at *anchor* says, with the escapes around it undone."""
    before = text[max(0, anchor.start() - 1_500) : anchor.start()]
    if anchor["quote"] == '"' or anchor["slashes"]:
        count = layers(anchor["slashes"])
    else:
        count = layers_around(before)
    message = unescaped(text[anchor.start() : anchor.start() + LONGEST_MESSAGE], count)
    before = unescaped(before, count)
    if match := _KUBERNETES.match(message):
        return _of_kubernetes(match, before)
    quote = anchor["quote"] or '"'  # some programs put other quotes into the message
    if match := _KUBERNETES.match(message.replace(quote, '"')):
        return _of_kubernetes(match, before.replace(quote, '"'))
    if match := _PIPELINES.match(message):
        return _of_pipelines(match)
    if match := _PAGES.match(message):
        return _of_pages(match)
    return _cut(message, before)


def _field(match: re.Match[str], name: str) -> str:
    """Return the group *name* of the match without line breaks and indentation."""
    return "".join(line.strip() for line in (match[name] or "").splitlines())


def _matched_text(match: re.Match[str]) -> str:
    """Return the whole match on one line."""
    return " ".join(match[0].split())


# --- Kubernetes ---

_QUOTED = r"(?:[^\"\\]|\\[^\n]){0,1000}"  # by Go's %q; or with the escapes undone by the source
# Without blanks, so that what follows a cut text is no part of it; a terminal can have broken it in two
_WORD = r"[\w.*/:-]{1,300}(?:[\x20\t]{0,80}\r?\n\s{0,300}[\w.*/:-]{1,300}){0,9}"
_KUBERNETES = _pattern(
    rf'User "(?P<user>{_QUOTED}|\S{{0,300}}?)" cannot (?P<verb>[^\s"\\]{{1,200}}) (?:'
    rf'(?:resource "(?P<resource>{_WORD})"(?: )?in API group "(?P<group>(?:{_WORD})?)"'
    r"|(?P<old>[\w.*/-]{1,600}))"  # as before Kubernetes 1.12: `deployments.apps/scale`
    rf'(?: )?(?:in the namespace "(?P<namespace>{_WORD})"|at the\b)'
    rf'|path "(?P<path>{_QUOTED})")'
)
_IS_FORBIDDEN = _pattern(r"is forbidden:(?: )?\Z")
_NAME = _pattern(rf'"(?P<name>{_QUOTED})" is forbidden:(?: )?\Z')


def _of_kubernetes(match: re.Match[str], before: str) -> ErrorQuestion | CutError:
    verb, user = _field(match, "verb"), go_unquoted(_field(match, "user"))
    if (match["namespace"] or "").endswith(".."):
        return CutError(user, verb, ".".join(filter(None, _resource_of(match)[::2])), "the namespace")
    if match["path"]:
        request = Request(verb, path=go_unquoted(_field(match, "path")))
    else:
        resource, subresource, group = _resource_of(match)
        request = Request(verb, group, resource, subresource, _name(before), _field(match, "namespace"))
    return ErrorQuestion(user, request, Plane.KUBECTL, text=_matched_text(match))


def _resource_of(match: re.Match[str]) -> tuple[str, str, str]:
    """Return the resource, its subresource, and the group, from today's spelling or that before 1.12."""
    whole, _, subresource = _field(match, "resource" if match["resource"] else "old").partition("/")
    if match["resource"]:
        return whole, subresource, _field(match, "group")
    resource, _, group = whole.partition(".")
    return resource, subresource, group


def _name(before: str) -> str:
    """Return the object's name, which comes before the message (apimachinery: NewForbidden); "" for none."""
    refusal = _IS_FORBIDDEN.search(before)
    last = refusal.start() if refusal else 0
    start = before.rfind('"', 0, max(0, before.rfind('"', 0, last)))
    while start > 0 and before[start - 1] == "\\":  # a quote inside of the name
        start = before.rfind('"', 0, start - 1)
    match = _NAME.match(before, max(0, start)) if last > 0 else None
    return go_unquoted(_field(match, "name")) if match else ""


# --- the kubelet, and kube-rbac-proxy in front of a service ---

_PROXIED = _pattern(
    r"Forbidden \(user=(?P<user>[^\n]{1,300}?), verb=(?P<verb>[^\s,]{1,60})"
    r", resource=(?P<resource>[^\s,]{0,200})"
    r", subresource(?:\(s\))?=\[?(?P<subresource>[\w/-]{0,100})[^)\n]{0,200}\)"
)
_OF_A_PATH = NotRbac(
    "a path: the kubelet or kube-rbac-proxy asked about a URL, which the text does not name",
    ("ask with the path of the request: `explain SUBJECT VERB /PATH`",),
)


def _of_proxy(match: re.Match[str]) -> Refusal:
    """Return the request; of several subresources that would each do, the first is the narrowest."""
    if not match["resource"]:
        return _OF_A_PATH
    request = Request(match["verb"], resource=match["resource"], subresource=match["subresource"])
    return ErrorQuestion(match["user"], request, Plane.KUBECTL, text=_matched_text(match), is_partial=True)


# --- Kubeflow's services ---

_PIPELINES = _pattern(
    r"User '(?P<user>\S{1,300}?|[^'\n]{1,300})' is not authorized with reason:"
    r"[^{}]{0,500}?ResourceAttributes\{(?P<fields>[^{}]{0,3000})\}"
)
_PAGES = _pattern(
    r"User(?::? (?:'(?P<user>\S{1,300}?|[^'\n]{1,300})'|(?P<name>\S{1,300}?)))?"
    r" is not authorized to (?P<verb>[A-Za-z]{1,40}) (?P<what>[\w./-]{1,600})"
    rf"(?: (?:in|for) namespace:? (?:'(?P<namespace>{_WORD})'|(?P<bare>[\w-]{{1,253}})))?"
)
_UPLOAD = _pattern(
    r"pipeline upload denied: permission to (?P<verb>create) (?P<resource>pipelines)\.(?P<group>[\w.]{1,100})"
    r' in namespace "(?P<namespace>[\w-]{1,253})" is required'
)
_ENDED = re.compile(r"\s{0,80}(?:$|[\"'}\])<,;.])")
_FIELD = re.compile(r",\s{0,80}(?=[A-Z][A-Za-z]{0,40}:|$)")


def _user(match: re.Match[str], name: str) -> str:
    """Return a name that no service quotes; a doubled backslash is left over from JSON around the text."""
    return re.sub(r"\\+", r"\\", _field(match, name))


def _of_pipelines(match: re.Match[str]) -> ErrorQuestion | None:
    pairs = (field.partition(":") for field in _FIELD.split(_field(match, "fields").strip()))
    fields = {key.strip().lower(): value.strip().strip('"') for key, _, value in pairs}
    names = ("verb", "group", "resource", "subresource", "name", "namespace")
    verb, group, resource, *rest = (fields.get(name, "") for name in names)
    if not verb or not resource:
        return None
    request = Request(verb, group, resource, *rest)
    return ErrorQuestion(_user(match, "user"), request, Plane.KUBEFLOW, text=_matched_text(match))


def _of_upload(match: re.Match[str]) -> ErrorQuestion:
    """Return the request of an upload; the text, which releases after 2.17 have, does not name the user."""
    verb, group, resource, namespace = (match[name] for name in ("verb", "group", "resource", "namespace"))
    request = Request(verb, group, resource, namespace=namespace)
    return ErrorQuestion("", request, Plane.KUBEFLOW, text=_matched_text(match))


def _of_pages(match: re.Match[str]) -> ErrorQuestion | CutError | None:
    resource = _of_path(match["what"].strip(".")) or _of_dots(match["what"].strip("."))
    user = _user(match, "user") or _user(match, "name")
    if not resource or user == "None":
        return None
    namespace, verb = _field(match, "namespace") or match["bare"] or "", match["verb"].lower()
    rest = match.string[match.end() :]
    ends_in_dots = namespace.endswith("..") or rest.startswith(("..", "…"))
    lacks_namespace = not namespace and (match["name"] is not None or not _ENDED.match(rest))
    if ends_in_dots or lacks_namespace:  # it goes on inside a word, or is cut off
        is_cut = ends_in_dots or not rest or _CUT_NAMESPACE.match(rest)
        return (
            CutError(user, verb, ".".join(filter(None, resource[1::-1])), "the namespace") if is_cut else None
        )
    namespace = "" if namespace == "None" else namespace
    request = Request(verb, *resource, namespace=namespace)
    return ErrorQuestion(user, request, Plane.KUBEFLOW, text=_matched_text(match))


def _of_path(text: str) -> tuple[str, str, str] | None:
    """Return (group, resource, subresource) of `kubeflow.org/v1beta1/notebooks` or `v1/pods/log`, or None."""
    parts = [part for part in text.split("/") if part]
    at = next((index for index, part in enumerate(parts) if _VERSION.fullmatch(part)), len(parts))
    group = "" if parts[:at] == ["core"] else "/".join(parts[:at])
    resource, subresource = (*parts[at + 1 : at + 3], "", "")[:2]
    return (group, resource, subresource) if resource else None


def _of_dots(text: str) -> tuple[str, str, str] | None:
    """Return the same of `kubeflow.org.v1beta1.notebooks`, as in Kubeflow 1.0, or of `VIEWERS`; or None."""
    if text in _PIPELINES_RESOURCES:
        return "kubeflow.org" if text == "VIEWERS" else "pipelines.kubeflow.org", text.lower(), ""
    before, _, resource = text.rpartition(".")
    group, _, version = before.rpartition(".")
    return (group, resource, "") if _VERSION.fullmatch(version) else None


_VERSION = re.compile(r"v[0-9]{1,4}((alpha|beta)[0-9]{1,4})?")
_PIPELINES_RESOURCES = ("VIEWERS", "RUNS", "JOBS", "EXPERIMENTS", "PIPELINES")


# --- texts that end too early ---

_CUT_KUBERNETES = _pattern(
    rf'User "(?P<user>{_QUOTED})(?P<ended>" cannot (?P<verb>[^\s"\\]{{1,200}})'
    r'(?P<more> (?:resource "(?:(?P<resource>[\w.*/:-]{1,300})"'
    r'(?: in API group "(?P<group>[\w.*-]{0,300})")?)?'
    r"|(?P<path>path \")|[\w.*/-]{1,600} in the namespace))?)?"
)
_CUT_PIPELINES = _pattern(
    r"User '(?P<user>\S{1,300}?)' is not authorized with reason:"
    r"(?:[^{}]{0,500}?ResourceAttributes\{|\s{0,9}\Z)"
)
_CUT_NAMESPACE = re.compile(
    r"(?:\s{1,80}(?:i|in|f|fo|for)(?:\s{1,80}n[a-z]{0,8}:?(?:\s{1,80}'[^']{0,300})?)?|[a-z-]{1,60})"
    r"\s{0,9}(?:\.{2,3}|…)?\s{0,9}(?:\n|\Z)"
)


def _cut(message: str, before: str) -> CutError | None:
    """Return the beginning of a denied request in *message*, or None if it is something else."""
    if match := _CUT_PIPELINES.match(message):
        return CutError(_user(match, "user"), "", "", "the request")
    match = _CUT_KUBERNETES.match(message)
    is_refusal = re.search(r"forbidden:\s{0,80}\Z", before)
    if not match or not (match["more"] or is_refusal):
        return None
    if not match["ended"]:
        return CutError("", "", "", "the user") if match.end() == len(message) else None
    user, resource = go_unquoted(_field(match, "user")), _field(match, "resource")
    if match["path"]:
        return CutError(user, _field(match, "verb"), "/PATH", "the path")
    if resource and match["group"]:
        resource = ".".join([resource.partition("/")[0], _field(match, "group")])
    missing = "the API group" if resource and match["group"] is None else "the namespace"
    return CutError(user, _field(match, "verb"), resource, missing if resource else "the resource")
