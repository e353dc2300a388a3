"""The first line about several clusters: the verdict of each, or how many answered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubectl_kfaccess.output.blocks import Headline, Tone
from kubectl_kfaccess.output.clusters.part import ClusterPart, reports_of
from kubectl_kfaccess.output.few import few
from kubectl_kfaccess.terminal.safe_text import listed
from kubectl_kfaccess.terminal.words import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.report import Report

VERDICTS = ("no", "unknown", "yes", "ok")
"""The words that a verdict begins with, in the order in which they are shown."""
_TONES = {"no": Tone.BAD, "yes": Tone.GOOD, "ok": Tone.GOOD}


def headline_of(parts: Sequence[ClusterPart], sentence: str) -> Headline:
    """
    Return the first line of the answer.

    *sentence* is the command's own about all clusters that answered, "" if it has none.
    """
    headline = _headline(parts, sentence)
    premises = (each.premise for each in map(first_headline, _reports(parts)) if each and each.premise)
    premise = next(premises, "")
    return headline._replace(premise=premise, piped=headline.piped or bool(premise))


def _headline(parts: Sequence[ClusterPart], sentence: str) -> Headline:
    verdicts = _by_verdict(parts)
    rest = tuple(_failures(parts))
    if verdicts:
        texts = [f"{word}: {few_clusters(names)}" for word, names in verdicts.items()]
        first = next(iter(verdicts))
        is_alone = len(verdicts) == 1 and not rest
        return Headline("; ".join((*texts, *rest)), _TONES.get(first) if is_alone or first == "no" else None)
    alike = {each.text for each in map(first_headline, _reports(parts)) if each}
    text = sentence or (_same(parts, *alike) if len(alike) == 1 else _answered(parts))
    details = () if sentence or len(alike) < 2 else tuple(_details(parts))
    return Headline("; ".join((text, *rest)), details=details, piped=bool(rest))


def few_clusters(names: Sequence[str]) -> str:
    """Return the names of clusters, the first few of many."""
    return few([listed(name) for name in names])


def first_headline(report: Report) -> Headline | None:
    """Return the first headline of *report*; None if it has none."""
    return next((block for block in report.blocks if isinstance(block, Headline)), None)


def _reports(parts: Sequence[ClusterPart]) -> Iterator[Report]:
    return (report for _, report in reports_of(parts))


def _by_verdict(parts: Sequence[ClusterPart]) -> dict[str, list[str]]:
    """Return the clusters by the word that their answer begins with; {} if the command gives no verdict."""
    clusters: dict[str, list[str]] = {}
    for cluster, report in reports_of(parts):
        headline = first_headline(report)
        word = headline.text.partition(":")[0] if headline else ""
        if word not in VERDICTS:
            return {}
        clusters.setdefault(word, []).append(cluster)
    return {word: clusters[word] for word in VERDICTS if word in clusters}


def _failures(parts: Sequence[ClusterPart]) -> Iterator[str]:
    """Yield how many clusters did not answer, and for how many the question is wrong."""
    down = [part.cluster for part in parts if part.is_down]
    wrong = [part.cluster for part in parts if part.report is None and not part.is_down]
    if down:
        yield f"{len(down)} of {counted(len(parts), 'cluster')} did not answer: {few_clusters(down)}"
    if wrong:
        yield f"cannot be asked of {few_clusters(wrong)}"


def _answered(parts: Sequence[ClusterPart]) -> str:
    count = len(reports_of(parts))
    return f"{counted(count, 'cluster')} answered" if count else "no cluster answered"


def _same(parts: Sequence[ClusterPart], text: str) -> str:
    count = len(reports_of(parts))
    if len(parts) == 1:
        return text
    return f"in {'each of ' if count > 1 else ''}{counted(count, 'cluster')}: {text}"


def _details(parts: Sequence[ClusterPart]) -> Iterator[str]:
    """Yield each sentence once, behind the clusters that it is true of."""
    clusters: dict[str, list[str]] = {}
    for cluster, report in reports_of(parts):
        headline = first_headline(report)
        if headline:
            clusters.setdefault(headline.text, []).append(cluster)
    return (f"{few_clusters(names)}: {text}" for text, names in clusters.items())
