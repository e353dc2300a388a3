"""How the server is to be asked whether answers are right, as a value that is cheap to make."""

from __future__ import annotations

from kubectl_kfaccess.named_tuple import NamedTuple


class Verification(NamedTuple):
    """What `--verify` asks for: `all` answers, a `sample` of them, or "" for none."""

    mode: str = ""

    @property
    def is_wanted(self) -> bool:
        """Whether the server is to be asked at all."""
        return bool(self.mode)

    @property
    def is_sample(self) -> bool:
        """Whether it is to be asked about some answers alone."""
        return self.mode == "sample"
