"""What can stop an apply beside permissions, and is not checked."""

from __future__ import annotations

from kubectl_kfaccess.named_tuple import NamedTuple


class NotChecked(NamedTuple):
    """In a few words, and in a sentence with the server's answer."""

    short: str
    text: str


NOT_CHECKED = (
    NotChecked("quotas and limits", "ResourceQuota and LimitRange: 403, exceeded quota"),
    NotChecked("Pod Security", "Pod Security admission: 403, violates PodSecurity"),
    NotChecked("admission", "admission webhooks and policies: 400, 403 or 422, in their own words"),
    NotChecked("schemas", "the schema and the validation of the object: 400 or 422"),
    NotChecked("immutable fields", "fields that cannot be changed, except a binding's roleRef: 422"),
    NotChecked("field conflicts", "server-side apply: fields that another manager owns: 409"),
)
