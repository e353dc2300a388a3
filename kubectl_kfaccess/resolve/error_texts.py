"""
Parses a pasted error: RBAC denied a request, or something other than RBAC refused it.

The patterns mirror the functions that write the messages: forbiddenMessage of Kubernetes' apiserver,
IsAuthorized of the pipelines API, generate_unauthorized_message of the web apps, and
generateUnauthorizedMessage of Katib's page. A text can hold anything, so its length is bounded, and so is
every repetition in a pattern.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from msgspec import Struct

from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.rbac.rules import Request

MOST_CHARACTERS = 1_000_000


class ErrorQuestion(Struct, frozen=True):
    """
    A request that was denied, and the user it was denied to ("" if the error does not say).

    *via* is the plane that denied it, *text* the part of the pasted text that says so.
    """

    user: str
    request: Request
    via: Plane
    groups: tuple[str, ...] = ()
    text: str = ""


class NotRbac(Struct, frozen=True):
    """What refused the request in place of RBAC, and lines of advice: what it means, where to look."""

    what: str
    advice: tuple[str, ...]


Refusal = ErrorQuestion | NotRbac


def parse_errors(text: str) -> tuple[Refusal, ...]:
    """Return the refusals in *text*, in its order, without repetitions; empty if it holds none."""
    plain = _plain(text[:MOST_CHARACTERS])
    refusals = _distinct(plain)
    if _has_question(refusals):
        return refusals
    # A terminal that wraps lines may have cut words in two
    joined = _distinct(plain.replace("\r", "").replace("\n", ""))
    return joined if _has_question(joined) or not refusals else refusals


def _has_question(refusals: tuple[Refusal, ...]) -> bool:
    return any(isinstance(refusal, ErrorQuestion) for refusal in refusals)


def _distinct(text: str) -> tuple[Refusal, ...]:
    """Return the refusals in *text*, each once; one without a user is dropped if another adds the user."""
    by_key: dict[object, Refusal] = {}
    for _, refusal in sorted(_placed_refusals(text), key=lambda pair: pair[0]):
        by_key.setdefault(_key(refusal), refusal)
    with_user = {
        (refusal.request, refusal.via)
        for refusal in by_key.values()
        if isinstance(refusal, ErrorQuestion) and refusal.user
    }
    return tuple(
        refusal
        for refusal in by_key.values()
        if isinstance(refusal, NotRbac) or refusal.user or (refusal.request, refusal.via) not in with_user
    )


def _key(refusal: Refusal) -> object:
    """Return a key that two refusals share if they are the same but for their wording."""
    return refusal.what if isinstance(refusal, NotRbac) else (refusal.user, refusal.request, refusal.via)


def _placed_refusals(text: str) -> Iterator[tuple[int, Refusal]]:
    """Yield the position and the refusal for everything in *text* that a pattern matches."""
    for pattern, parse in _QUESTIONS:
        for match in pattern.finditer(text):
            if question := parse(match):
                yield match.start(), question
    for pattern, refusal in _REFUSALS:
        if first := pattern.search(text):
            yield first.start(), _with_name(refusal, first)


def _with_name(refusal: NotRbac, match: re.Match[str]) -> NotRbac:
    """Return *refusal* with `{name}` in its advice replaced by the name in the text."""
    name = match.groupdict().get("name") or ""
    return NotRbac(refusal.what, tuple(line.replace("{name}", name) for line in refusal.advice))


# --- undoing what terminals, HTML and JSON did to the text ---

_COLOURS = re.compile(r"\x1b(?:\[[0-9;:?]{0,60}[@-~]|\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\))")
_ENTITIES = re.compile(r"&(quot|apos|amp|lt|gt|#0{0,3}34|#0{0,3}39|#x27|#x22);|\\u00(22|26|27|3[cC]|3[eE])")
_LETTERS = {
    "quot": '"',
    "#34": '"',
    "apos": "'",
    "#39": "'",
    "#x22": '"',
    "#x27": "'",
    "amp": "&",
    "lt": "<",
    "gt": ">",
}
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "\xa0": " "})
_ESCAPES = re.compile(r"(?<!\\)\\+(?=[\"'])")  # JSON in JSON: as many backslashes as there are layers
_BREAKS = re.compile(r"(?<!\\)\\[nrt]")


def _plain(text: str) -> str:
    """Return the text as the server wrote it: without colours, HTML entities and escapes."""
    text = _ENTITIES.sub(_letter, _COLOURS.sub("", text)).translate(_QUOTES)
    return _BREAKS.sub("\n", _ESCAPES.sub("", text))


def _letter(match: re.Match[str]) -> str:
    name = re.sub("#0+", "#", match[1] or "")
    return _LETTERS[name] if name else chr(int(match[2], 16))


def _pattern(text: str) -> re.Pattern[str]:
    """Return the compiled pattern, in which each blank matches any white space (at most 80 characters)."""
    return re.compile(text.replace(" ", r"\s{1,80}"), re.MULTILINE)


def _field(match: re.Match[str], name: str) -> str:
    """Return the group *name* of the match without line breaks, indentation and doubled backslashes."""
    lines = (match[name] or "").splitlines()
    return re.sub(r"\\+", r"\\", "".join(line.strip() for line in lines))


def _matched_text(match: re.Match[str]) -> str:
    """Return the whole match on one line."""
    return " ".join(match[0].split())


# --- Kubernetes ---

_KUBERNETES = _pattern(
    r'User "(?P<user>[^"]{0,1000})" cannot (?P<verb>[\w*-]{1,63}) (?:'
    r'(?:resource "(?P<resource>[^"]{1,600})" in API group "(?P<group>[^"]{0,300})"'
    r"|(?P<old>[\w.*/-]{1,600}))"  # as before Kubernetes 1.12: `deployments.apps/scale`
    r'(?: in the namespace "(?P<namespace>[^"]{1,300})"| at the cluster scope)'
    r'|path "(?P<path>[^"]{1,2000})")'
)
_NAME = _pattern(r'"([^"]{1,300})" is forbidden: \Z')


def _of_kubernetes(match: re.Match[str]) -> ErrorQuestion:
    verb, user = _field(match, "verb"), _field(match, "user")
    if match["path"]:
        request = Request(verb, path=_field(match, "path"))
    else:
        resource, subresource, group = _resource_of(match)
        request = Request(verb, group, resource, subresource, _name(match), _field(match, "namespace"))
    return ErrorQuestion(user, request, Plane.KUBECTL, text=_matched_text(match))


def _resource_of(match: re.Match[str]) -> tuple[str, str, str]:
    """Return the resource, its subresource, and the group, from today's spelling or that before 1.12."""
    whole, _, subresource = _field(match, "resource" if match["resource"] else "old").partition("/")
    if match["resource"]:
        return whole, subresource, _field(match, "group")
    resource, _, group = whole.partition(".")
    return resource, subresource, group


def _name(match: re.Match[str]) -> str:
    """Return the object's name, which comes before the message (apimachinery: NewForbidden); "" for none."""
    before = _NAME.search(match.string[max(0, match.start() - 600) : match.start()])
    return "".join(before[1].split("\n")) if before else ""


# --- Kubeflow's services ---

_PIPELINES = _pattern(
    r"User '(?P<user>\S{1,300}?)' is not authorized with reason:"
    r"[^{}]{0,500}?ResourceAttributes\{(?P<fields>[^{}]{0,3000})\}"
)
_PAGES = _pattern(
    r"User(?::? '?(?P<user>\S{1,300}?)'?)? is not authorized to (?P<verb>[A-Za-z]{1,40})"
    r" (?P<what>[\w./-]{1,600})"
    r"(?: (?:in|for) namespace:? (?:'(?P<namespace>[^']{1,300})'|(?P<bare>[\w-]{1,253})))?"
)
_ENDED = re.compile(r"\s{0,80}(?:$|[\"'}\])<,;.])")
_FIELD = re.compile(r",\s{0,80}(?=[A-Z][A-Za-z]{0,40}:|$)")


def _of_pipelines(match: re.Match[str]) -> ErrorQuestion | None:
    pairs = (field.partition(":") for field in _FIELD.split(_field(match, "fields").strip()))
    fields = {key.strip().lower(): value.strip().strip('"') for key, _, value in pairs}
    names = ("verb", "group", "resource", "subresource", "name", "namespace")
    verb, group, resource, *rest = (fields.get(name, "") for name in names)
    if not verb or not resource:
        return None
    request = Request(verb, group, resource, *rest)
    return ErrorQuestion(_field(match, "user"), request, Plane.KUBEFLOW, text=_matched_text(match))


def _of_pages(match: re.Match[str]) -> ErrorQuestion | None:
    resource = _of_path(match["what"].strip(".")) or _of_dots(match["what"].strip("."))
    if not resource or match["user"] == "None":
        return None
    namespace = _field(match, "namespace") or match["bare"] or ""
    if not namespace and not _ENDED.match(match.string, match.end()):
        return None  # the text goes on inside a word, or is cut off: a namespace may be missing
    namespace = "" if namespace == "None" else namespace
    request = Request(match["verb"].lower(), *resource, namespace=namespace)
    return ErrorQuestion(_field(match, "user"), request, Plane.KUBEFLOW, text=_matched_text(match))


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

_QUESTIONS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], ErrorQuestion | None]], ...] = (
    (_KUBERNETES, _of_kubernetes),
    (_PIPELINES, _of_pipelines),
    (_PAGES, _of_pages),
)


# --- refusals that are not RBAC's ---

_NO_IDENTITY = NotRbac(
    "authentication: the service was not told who asks",
    (
        "a pod needs a token for the audience `pipelines.kubeflow.org`: the PodDefault `access-ml-pipeline`"
        ' of its namespace mounts one, for pods with the label `access-ml-pipeline: "true"`',
        "a browser or a script outside has to come through the gateway, after a login",
        "`kubectl get poddefaults -n NAMESPACE` shows whether the namespace has it",
    ),
)
_REFUSALS = (
    (
        _pattern(r"RBAC: access denied"),
        NotRbac(
            "the mesh: an Istio AuthorizationPolicy keeps the caller out",
            (
                "the request did not reach the service: no role and no binding changes that",
                "`kubectl get authorizationpolicies -n NAMESPACE` lists who is let in; those of"
                " `istio-system` hold in every namespace",
                "a contributor needs a policy beside the RoleBinding: the dashboard makes both",
            ),
        ),
    ),
    (
        _pattern(
            r"there is no user identity header|user header not present|No user credentials were found"
            r"|Review\.Status\.Authenticated is false|User None is not authorized"
        ),
        _NO_IDENTITY,
    ),
    (
        _pattern(r'serviceaccounts? "pipeline-runner" not found'),
        NotRbac(
            "the wrong default account: `pipeline-runner` is not in that namespace",
            (
                "runs in a profile use `default-editor`: leave the service account of the run empty, or name"
                " that one",
                "`pipeline-runner` is the account of a Kubeflow Pipelines without profiles, in its namespace",
            ),
        ),
    ),
    (
        _pattern(r'serviceaccounts? "(?!pipeline-runner")(?P<name>[\w.:-]{1,253})" not found'),
        NotRbac(
            "a service account that does not exist",
            (
                "nothing in that namespace is called `{name}`, so no pod can run as it",
                "a namespace without `default-editor` was not made by a Profile, or the controller failed",
            ),
        ),
    ),
    (
        _pattern(
            r"must be logged in to the server|asked for the client to provide credentials"
            r"|(?:[Rr]eason|[Mm]essage)\"?:\s{0,80}\"?Unauthorized\b(?! access)"
            r"|^[\x20\t]{0,80}(?:[Ee]rror:\s{1,80})?Unauthorized\.?[\x20\t\r]{0,80}$"
        ),
        NotRbac(
            "authentication: the API server did not take the credentials",
            (
                "the login has expired, or is one for another cluster: log in again",
                "`kubectl kfaccess whoami` shows as whom the server knows the caller",
            ),
        ),
    ),
    (
        _pattern(r'namespaces "(?P<name>[\w.-]{1,253})" not found'),
        NotRbac(
            "a namespace that does not exist",
            ("there is no namespace `{name}`: a profile's namespace has the profile's own name",),
        ),
    ),
    (
        _pattern(r'admission webhook "(?P<name>[\w.:/-]{1,253})" denied the request'),
        NotRbac(
            "an admission webhook: the request was allowed, its object was not",
            (
                "what the webhook `{name}` objects to stands after the colon",
                "access does not matter to it: change the object, or ask who runs the webhook",
            ),
        ),
    ),
    (
        _pattern(
            r"ValidatingAdmissionPolicy '(?P<name>[\w.-]{1,253})' with binding '[^']{1,253}' denied request"
        ),
        NotRbac(
            "an admission policy: the request was allowed, its object was not",
            ("what the policy `{name}` objects to stands after the colon: change the object",),
        ),
    ),
    (
        _pattern(r"violates PodSecurity"),
        NotRbac(
            "pod security: the pod asks for more than its namespace admits",
            (
                "the label `pod-security.kubernetes.io/enforce` of the namespace sets the level",
                "what the pod asks for stands after the level: change its security context",
            ),
        ),
    ),
    (
        _pattern(r"(?:exceeded|failed) quota:"),
        NotRbac(
            "a quota: the namespace may not use more",
            (
                "`kubectl describe resourcequotas -n NAMESPACE` shows what is used; a profile's is"
                " `kf-resource-quota`, set in the Profile",
                "under a quota every pod has to say what it requests",
            ),
        ),
    ),
    (
        _pattern(
            r"attempting to grant RBAC permissions not currently held|attempt to grant extra privileges"
        ),
        NotRbac(
            "the prevention of privilege escalation: nobody grants what they do not hold",
            (
                "RBAC allows the caller to write the role or binding, but not with what is in it; what the"
                " caller lacks stands after the colon",
                "somebody who holds all of it can apply the object; so can who may `bind` the role (of a"
                " binding), or `escalate` it (of a role)",
                "those two verbs make their holder able to grant anything in it: rather ask an administrator",
            ),
        ),
    ),
)
