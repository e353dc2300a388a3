"""
Format `gitlab`: results as a GitLab Code Quality report.

Upstream: https://docs.gitlab.com/ci/testing/code_quality/. GitLab shows results with the same fingerprint as
one, so no two have the same. The report has no place for anything else, so what could not be read, and why a
command failed, are results as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from kubectl_kfaccess.output.acceptance import acceptance
from kubectl_kfaccess.output.report import Data
from kubectl_kfaccess.output.result_text import Remark, digest, numbered, path_of, remarks
from kubectl_kfaccess.output.results import Place, Result
from kubectl_kfaccess.output.style import Format, Style
from kubectl_kfaccess.terminal.safe_text import line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.envelope import Response

_SEVERITIES = {"error": "critical", "warning": "major", "note": "minor"}
_ACCEPTED = "info"
# Of an answer: it is missing, or it may lack something
_REMARKS = {"error": "blocker", "warning": "info"}


def render(response: Response, _style: Style) -> Iterator[str]:
    """Yield one array."""
    entries = [_result(result, number) for result, number in numbered(response.report.results())]
    entries += [_remark(each) for each in remarks(response) if each.level in _REMARKS]
    yield json.dumps(entries, indent=2) + "\n"


def _result(result: Result, number: int) -> Data:
    text, severity = line(result.message), _SEVERITIES[result.level]
    if result.accepted:
        text, severity = f"{text}; accepted: {acceptance(result.accepted)}", _ACCEPTED
    fingerprint = digest(result.fingerprint, str(number))
    return _entry(text, result.rule.id, fingerprint, severity, result.place)


def _remark(remark: Remark) -> Data:
    fingerprint = digest("", remark.code, remark.text)
    return _entry(remark.text, remark.code, fingerprint, _REMARKS[remark.level], Place("", "", ""))


def _entry(text: str, check: str, fingerprint: str, severity: str, place: Place) -> Data:
    return {
        "description": text or "-",
        "check_name": check,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": {"path": line(path_of(place)), "lines": {"begin": max(place.line, 1)}},
    }


FORMATS = (Format("gitlab", "a Code Quality report, for GitLab", "json", render),)
