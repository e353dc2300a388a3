"""
The decoders of what a server sends, each made once and by one thread at a time.

msgspec looks at the fields of a struct when it first meets it. If several threads make it do so at the same
moment, the process can crash with a segmentation fault.
"""

from __future__ import annotations

import threading
from typing import Any

import msgspec

_making = threading.Lock()
_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}


def decoder_of(form: Any) -> msgspec.json.Decoder[Any]:
    """Return the decoder of JSON into *form*, a type that msgspec knows."""
    with _making:
        if form not in _decoders:
            _decoders[form] = msgspec.json.Decoder(form)
        return _decoders[form]
