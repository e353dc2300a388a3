"""Whether `kubectl apply` would leave an object as it is, so that it sends no patch."""

from __future__ import annotations

from typing import Any

import msgspec

from kubectl_kfaccess.rbac.manifests import LAST_APPLIED, Manifest


def is_unchanged(live: Manifest, manifest: Manifest) -> bool:
    """
    Return whether *manifest* was applied last, and *live* still has all that is in it.

    Of a *live* object without content, only the metadata are compared. Lists are compared entry by entry.
    kubectl merges some of them by keys, so an object whose lists have another order counts as changed,
    although kubectl may find nothing to patch.
    """
    metadata = live.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    text = annotations.get(LAST_APPLIED) if isinstance(annotations, dict) else None
    if not isinstance(text, str):
        return False
    try:
        last = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):  # an annotation may hold any text
        return False
    if last != as_applied(manifest):
        return False
    if live.get("kind") == "PartialObjectMetadata":
        return _has_all(metadata, manifest.get("metadata"))
    return _has_all(live, manifest)


def as_applied(manifest: Manifest) -> Manifest:
    """Return *manifest* as kubectl keeps it in its annotation."""
    metadata = manifest.get("metadata")
    known = metadata if isinstance(metadata, dict) else {}
    annotations = known.get("annotations")
    given = annotations if isinstance(annotations, dict) else {}
    kept = {key: text for key, text in given.items() if key != LAST_APPLIED}
    return {**manifest, "metadata": {**known, "annotations": kept}}


def _has_all(live: Any, given: Any) -> bool:
    if isinstance(given, dict):
        is_map = isinstance(live, dict)
        return is_map and all(_has_all(live.get(key), value) for key, value in given.items())
    if isinstance(given, list):
        same_length = isinstance(live, list) and len(live) == len(given)
        return same_length and all(map(_has_all, live, given))
    return bool(live == given) or (given in ({}, "") and live is None)
