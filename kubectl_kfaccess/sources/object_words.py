"""The objects that `--without` names by their kind: `KIND/NAME`, or `KIND/NAMESPACE/NAME`."""

from __future__ import annotations

from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.rbac.overlay import ObjectKey
from kubectl_kfaccess.sources.kinds import KINDS, Kind
from kubectl_kfaccess.spelling import nearest

_SHORT_NAMES = {"serviceaccounts": "sa", "namespaces": "ns", "deployments": "deploy", "configmaps": "cm"}


def kind_in(text: str) -> Kind | None:
    """
    Return the kind that `KIND/…` begins with; None if *text* names a file.

    The kind is written as kubectl takes it: plural, singular or short, with its group or not, in any case.
    """
    word, slash, _ = text.partition("/")
    return _KINDS.get(word.lower()) if slash else None


def key_in(text: str, kind: Kind, namespace: str) -> ObjectKey:
    """
    Return the key of the object of *kind* that *text* names, in *namespace* if it names none.

    Raises UsageError if there are too many parts, or an empty one.
    """
    parts = text.split("/")[1:]
    if not all(parts) or len(parts) > (2 if kind.namespaced else 1):
        raise UsageError(f"`--without {text}` does not name an object", hint=f"write `{_form(kind)}`")
    where = (parts[0] if len(parts) == 2 else namespace) if kind.namespaced else ""
    return (kind.struct.kind, where, parts[-1])


def kind_hint(text: str) -> str:
    """Return what to try if *text* names neither a file nor an object."""
    near = nearest(text.partition("/")[0].lower(), frozenset(_KINDS))
    if near:
        return f"did you mean `{near}`?"
    kinds = ", ".join(kind.struct.kind.lower() for kind in KINDS if not kind.only)
    return f"`--without` takes a file, or KIND/[NAMESPACE/]NAME, where KIND is one of {kinds}"


def _form(kind: Kind) -> str:
    word = kind.struct.kind.lower()
    return f"{word}/[NAMESPACE/]NAME" if kind.namespaced else f"{word}/NAME"


def _words(kind: Kind) -> tuple[str, ...]:
    plain = (kind.resource, kind.struct.kind.lower())
    short = (_SHORT_NAMES[kind.resource],) if kind.resource in _SHORT_NAMES else ()
    with_group = tuple(f"{word}.{kind.group}" for word in plain) if kind.group else ()
    return (*plain, *with_group, *short)


_KINDS = {word: kind for kind in KINDS for word in _words(kind)}
