"""Checks names of the catalogue's areas that the user typed."""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_kfaccess.errors import ErrorCode, UsageError
from kubectl_kfaccess.kubeflow.catalogue.selection import areas
from kubectl_kfaccess.spelling import nearest


def check_areas(words: Iterable[str]) -> None:
    """Raise UsageError if a word is not the name of an area of the catalogue."""
    for word in words:
        if word not in areas():
            near = nearest(word, frozenset(areas()))
            hint = f"did you mean `{near}`?" if near else f"one of {', '.join(areas())}"
            raise UsageError(f"`{word}` is not an area", hint=hint, code=ErrorCode.UNKNOWN_NAME)
