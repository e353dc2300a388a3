"""The first lines of `check`: whether runners have what they need, where, and which pipelines run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubectl_kfaccess.commands.check.answer import status
from kubectl_kfaccess.commands.check.arguments import Options
from kubectl_kfaccess.commands.check.check import Check
from kubectl_kfaccess.commands.check.evidence_text import unread_lines
from kubectl_kfaccess.errors import ExitStatus
from kubectl_kfaccess.kubeflow.catalogue.names import RUNNER
from kubectl_kfaccess.kubeflow.pipelines.installation import Mode
from kubectl_kfaccess.kubeflow.pipelines.needs import CORE
from kubectl_kfaccess.output.blocks import Headline, Tone
from kubectl_kfaccess.output.findings import counted as counted_findings
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.terminal.safe_text import line, shown

MOST_NAMESPACES = 3
"""The largest number of namespaces that the first line names."""
MODES = {
    Mode.STANDALONE: "standalone, for one team",
    Mode.MULTI_USER: "multi-user",
    Mode.UNKNOWN: "single-user or multi-user: it is not known which",
    Mode.ABSENT: "not found",
}
_RUNNING = (Mode.STANDALONE, Mode.MULTI_USER)
_CANNOT = {
    "pvc": "make volumes",
    "kserve": "deploy models",
    "kserve-models": "add trained models or inference graphs",
    "kserve-llm": "serve LLMs",
    "katib": "run Katib's experiments",
    "trainer": "run TrainJobs",
    "training": "run training jobs",
    "spark": "run Spark",
    "seldon": "deploy models with Seldon",
    "mlflow": "use MLflow",
    "resource-op": "use VolumeOp",
}


def headline(value: Check, options: Options) -> Headline:
    """Return the verdict, and below it how pipelines run, and what of that could not be read."""
    details = (installation(value), *_by_server(value), *map(line, unread_lines(value.pipelines)))
    if not value.results:
        return Headline(f"unknown: {no_runner_text(value, options.persona)}", details=details)
    text, tone = _verdict(value, options)
    return Headline(text, tone, details)


def _by_server(value: Check) -> Iterator[str]:
    """Yield where the answers come from, if they are the server's own to the caller."""
    is_known = all(Verdict.UNKNOWN not in need.verdicts for result in value.results for need in result.needs)
    if is_known and is_caller(value) and value.snapshot.gap("clusterroles", ""):
        yield "every answer is the API server's own; your roles cannot be read from here"


def is_caller(value: Check) -> bool:
    """Whether the caller is who was checked."""
    return bool(value.results) and all(result.runner.who.is_caller for result in value.results)


def _verdict(value: Check, options: Options) -> tuple[str, Tone | None]:
    persona, you = options.persona, _you(value, options.persona)
    who = _who(value, persona)
    have = f"{who} {'have what they need' if persona == RUNNER else 'has what it needs'}"
    if value.verdict is Verdict.DENIED:
        cannot = f"{who} cannot {_purposes(value, persona)}{_where(value, Verdict.DENIED)}"
        return f"no: {cannot}{_for(options)}{you}", Tone.BAD
    if value.verdict is Verdict.UNKNOWN:
        where = _where(value, Verdict.UNKNOWN) or _where(value, Verdict.ALLOWED)
        return f"unknown: cannot tell whether {have}{where}", None
    if status(value, options.fail_on) is not ExitStatus.OK:
        findings = counted_findings(value.findings)
        return f"no: {findings}, although {have}{_where(value, Verdict.ALLOWED)}{you}", Tone.BAD
    return f"ok: {have}{_where(value, Verdict.ALLOWED)}{_for(options)}{you}", Tone.GOOD


def _you(value: Check, persona: str) -> str:
    """Return that the caller is who was checked, as the end of a sentence."""
    if not is_caller(value):
        return ""
    return "; you are the account that runs them" if persona == RUNNER else "; that is you"


def _who(value: Check, persona: str) -> str:
    if persona != RUNNER:
        return shown(persona)
    return "your pipelines" if is_caller(value) else "pipelines"


def _purposes(value: Check, persona: str) -> str:
    """Return what cannot be done, of the needs that decide."""
    needs = [verdict for result in value.results for verdict in result.needs if verdict.decides]
    denied = [verdict.need for verdict in needs if verdict.verdict is Verdict.DENIED]
    core = "run" if persona == RUNNER else "run pipeline steps"
    if any(need.via is Plane.KUBEFLOW for need in denied):
        core = "use all of Kubeflow's pages"
    words = {**_CANNOT, CORE: core}
    return " or ".join(words[purpose] for purpose in dict.fromkeys(need.purpose for need in denied))


def _for(options: Options) -> str:
    return f" (--for {line(','.join(options.purposes))})" if options.purposes else ""


def _where(value: Check, verdict: Verdict) -> str:
    """Return the namespaces whose verdict is that one, as the end of a sentence."""
    places = dict.fromkeys(result.runner.namespace for result in value.results if result.verdict is verdict)
    return f" in {joined([*map(shown, places)])}" if places else ""


def joined(names: Sequence[str]) -> str:
    """Return names of namespaces as a part of a sentence: all of a few, or the first and the number."""
    if len(names) > MOST_NAMESPACES:
        return f"{names[0]} and {len(names) - 1:,} other namespaces"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""


def installation(value: Check) -> str:
    """Return which pipelines run, and as which account: one line."""
    pipelines = value.pipelines
    if pipelines.mode is Mode.ABSENT:
        return "Kubeflow Pipelines: not found"
    release = str(pipelines.version) if pipelines.version else "of an unknown release"
    account = f"; steps run as {shown(pipelines.account)}" if pipelines.mode in _RUNNING else ""
    return line(f"Kubeflow Pipelines {release}, {MODES[pipelines.mode]}{account}")


def no_runner_text(value: Check, persona: str) -> str:
    """Return why no runner was checked."""
    if value.pipelines.mode is Mode.ABSENT:
        return "no Kubeflow Pipelines was found: there is nothing to check"
    if value.elsewhere:
        return f"`{shown(persona)}` is in none of the chosen namespaces: there is nothing to check"
    return f"there is no profile in which `{shown(persona)}` could be checked"
