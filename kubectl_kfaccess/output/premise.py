"""What an answer assumes: the change of `--with` and `--without`, in words and as data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kubectl_kfaccess.output.blocks import Block, Headline
from kubectl_kfaccess.output.formats.registry import FOR_PEOPLE
from kubectl_kfaccess.output.layout import shown_blocks
from kubectl_kfaccess.output.report import Data, Report
from kubectl_kfaccess.terminal.safe_text import shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.environment import Environment
    from kubectl_kfaccess.output.style import OutputChoice


@dataclass(frozen=True)
class Premise:
    """
    The change that an answer assumes, in the user's words: files to apply, files and objects to delete.

    *pruned* is the selector of `--prune`.
    """

    applied: Sequence[str]
    deleted: Sequence[str]
    pruned: str = ""

    @property
    def text(self) -> str:
        """The change in words: `as if new.yaml were applied`."""
        applied = f"{_names(self.applied)} were applied" if self.applied else ""
        deleted = f"{_names(self.deleted)} were deleted" if self.deleted else ""
        rest = f"other objects with {shown(self.pruned)} were deleted" if self.pruned else ""
        return f"as if {' and '.join(filter(None, (applied, deleted, rest)))}"

    @property
    def data(self) -> Data:
        """The change as machine data, in the user's words."""
        data: Data = {"with": list(self.applied), "without": list(self.deleted)}
        return {**data, "prune": self.pruned} if self.pruned else data

    def in_front_of(self, report: Report) -> Report:
        """Return *report* with the change in front of its first headline, or as one of its own."""
        if not any(isinstance(block, Headline) for block in report.blocks):
            return report._replace(blocks=(Headline(self.text), *report.blocks))
        return report._replace(blocks=tuple(self._assuming(report.blocks)))

    def lines(self, report: Report, output: OutputChoice, env: Environment) -> Iterator[str]:
        """Yield the change for stderr, unless blocks of *report* say it."""
        if output.format == "markdown" or (output.format in FOR_PEOPLE and _is_shown(report, env.columns)):
            return
        yield self.text

    def _assuming(self, blocks: Sequence[Block]) -> Iterator[Block]:
        is_first = True
        for block in blocks:
            if isinstance(block, Headline) and is_first:
                is_first = False
                yield block._replace(premise=self.text)
            else:
                yield block


def _is_shown(report: Report, columns: int) -> bool:
    if any(isinstance(block, Headline) for block in shown_blocks(report, columns)):
        return True
    return any(isinstance(block, Headline) and block.piped for block in report.blocks)


def _names(words: Sequence[str]) -> str:
    texts = ["standard input" if word == "-" else shown(word) for word in words]
    return " and ".join(filter(None, (", ".join(texts[:-1]), texts[-1])))
