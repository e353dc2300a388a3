"""The choice of `--verify`, as a value that every start can import."""

from __future__ import annotations

from kubectl_kfaccess.named_tuple import NamedTuple


class Verification(NamedTuple):
    """The answers that `--verify` compares with the server's: `all`, a `sample`, or "" for none."""

    mode: str = ""

    @property
    def is_wanted(self) -> bool:
        """Whether answers are compared at all."""
        return bool(self.mode)

    @property
    def is_sample(self) -> bool:
        """Whether only a sample of the answers is compared."""
        return self.mode == "sample"
