"""Decoders are made by one thread at a time, because msgspec crashes if several threads make them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kubectl_kfaccess.sources import cluster

MODULES = sorted(Path(cluster.__file__).parent.glob("*.py"))

# Eight threads decode into structs that msgspec has never seen. Without the lock around the making of
# decoders, this process ended with a segmentation fault each time that it was tried (msgspec 0.22.0).
RACE = """
import sys, threading
import msgspec
from kubectl_kfaccess.sources.cluster.decoders import decoder_of

STRUCTS = '''
class Head(msgspec.Struct, rename="camel", gc=False):
    api_version: "str | None" = ""
    kind: "str | None" = ""
class Heads(Head):
    items: "tuple[Head, ...] | None" = ()
'''

def decode(form, start):
    start.wait()
    for _ in range(10):
        decoder_of(form).decode(b'{"kind": "List", "items": [{"kind": "Role"}, {}]}')

sys.setswitchinterval(1e-6)
for number in range(200):
    exec(STRUCTS)
    start = threading.Barrier(8)
    threads = [threading.Thread(target=decode, args=(Heads, start)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


def test_threads_can_meet_a_struct_at_the_same_moment() -> None:
    """The process ends as it should."""
    done = subprocess.run(
        [sys.executable, "-c", RACE], capture_output=True, text=True, timeout=300, check=False
    )

    assert (0, "") == (done.returncode, done.stderr)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_no_other_module_makes_decoders(module: Path) -> None:
    """These modules run in threads."""
    text = module.read_text(encoding="utf-8")

    assert module.stem == "decoders" or "Decoder(" not in text
    assert "json.decode(" not in text
