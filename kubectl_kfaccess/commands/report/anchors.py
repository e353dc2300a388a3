"""
Anchors: the ids of the parts of a page, from the names of what they are about.

Different names have different anchors. Letters, digits and `._@+-` stand for themselves, every other byte of
UTF-8 for `~` and two hexadecimal digits.
"""

from __future__ import annotations

import re

from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.subjects import SERVICE_ACCOUNT, USER

_OTHER = re.compile(rb"[^A-Za-z0-9._@+-]")


def anchor(kind: str, *names: str) -> str:
    """Return the anchor of what is called *names* of that kind."""
    return f"{kind}-{'/'.join(map(_encoded, names))}"


def profile_anchor(name: str) -> str:
    """Return the anchor of a profile's part."""
    return anchor("profile", name)


def role_anchor(name: str) -> str:
    """Return the anchor of a ClusterRole's part."""
    return anchor("role", name)


def subject_anchor(subject: Subject) -> str:
    """Return the anchor of a subject's part."""
    if subject.kind == SERVICE_ACCOUNT:
        return anchor("account", subject.namespace or "", subject.name)
    return anchor("person" if subject.kind == USER else "group", subject.name)


def _encoded(name: str) -> str:
    text = _OTHER.sub(lambda match: b"~%02x" % match[0][0], name.encode("utf-8", "surrogatepass"))
    return text.decode("ascii")
