"""
Format `sarif`: results for code scanning, as SARIF 2.1.0.

Upstream: the OASIS standard, and what GitHub requires of a file that is uploaded. GitHub wants a file and a
line for each result, tracks results by `primaryLocationLineHash`, and shows accepted ones as any other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import PurePath
from urllib.parse import quote

from kubectl_kfaccess import __version__
from kubectl_kfaccess.output.acceptance import acceptance
from kubectl_kfaccess.output.reference_links import reference_link
from kubectl_kfaccess.output.report import Data, Report
from kubectl_kfaccess.output.result_text import digest, full_name, numbered, path_of, remarks
from kubectl_kfaccess.output.results import Place, Result, Rule, Step
from kubectl_kfaccess.output.style import Format, Style
from kubectl_kfaccess.terminal.safe_text import line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.envelope import Response

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MOST_OF_A_DESCRIPTION = 1024
"""The number of characters of a description that GitHub reads."""

MOST_TAGS = 20
"""The number of tags of a rule that GitHub reads."""

_HASH_DIGITS = 16
_PROBLEMS = {"error": "error", "warning": "warning", "note": "recommendation"}


def render(response: Response, _style: Style) -> Iterator[str]:
    """Yield one document with one run."""
    yield json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(response)]}, indent=2) + "\n"


def _run(response: Response) -> Data:
    results = tuple(response.report.results())
    rules = {result.rule.id: result.rule for result in reversed(results)}
    indexes = {name: index for index, name in enumerate(sorted(rules))}
    any_accepted = any(result.accepted for result in results)
    return {
        "tool": {
            "driver": {
                "name": "kubectl-kfaccess",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(rules[name]) for name in indexes],
            }
        },
        "automationDetails": {"id": _automation(response.report)},
        "invocations": [_invocation(response)],
        "results": [
            {
                **_result(result, number, indexes[result.rule.id]),
                **({"suppressions": _suppressions(result)} if any_accepted else {}),
            }
            for result, number in numbered(results)
        ],
    }


def _automation(report: Report) -> str:
    """Return what GitHub keeps runs apart by; behind the last slash would be the name of a single run."""
    parts = ("kfaccess", report.kind.lower(), quote(line(report.category), safe=""))
    return "".join(f"{part}/" for part in parts if part)


def _rule(rule: Rule) -> Data:
    link = next(filter(None, map(reference_link, rule.references)), "")
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.id.split("-")),
        "shortDescription": {"text": _description(rule.title)},
        "fullDescription": {"text": _description(rule.text)},
        "help": {
            "text": "\n".join(map(_plain, rule.text.splitlines())) or "-",
            "markdown": _without_placeholders(rule.markdown),
        },
        **({"helpUri": link} if link else {}),
        "defaultConfiguration": {"level": rule.level},
        "properties": {
            "tags": _tags(rule),
            "precision": "high",
            "problem.severity": _PROBLEMS[rule.level],
            **({"security-severity": rule.security_severity} if rule.security_severity else {}),
        },
    }


def _tags(rule: Rule) -> list[str]:
    """Return the tags, among them what others call the problem, but not addresses."""
    words = [*(("security",) if rule.security_severity else ()), "rbac", "kubeflow"]
    names = (each for each in rule.references if "://" not in each)
    return [*dict.fromkeys((*words, *names))][:MOST_TAGS]


def _invocation(response: Response) -> Data:
    notifications = [
        {"descriptor": {"id": remark.code}, "level": remark.level, "message": _message(remark.text)}
        for remark in remarks(response)
    ]
    return {"executionSuccessful": not response.errors, "toolExecutionNotifications": notifications}


def _result(result: Result, number: int, index: int) -> Data:
    return {
        "ruleId": result.rule.id,
        "ruleIndex": index,
        "level": result.level,
        "message": _message(result.message),
        "locations": [_location(result.place)],
        **({"relatedLocations": list(map(_location, result.related))} if result.related else {}),
        **({"codeFlows": [_flow(result.steps)]} if result.steps else {}),
        "partialFingerprints": {
            "primaryLocationLineHash": f"{digest(result.fingerprint)[:_HASH_DIGITS]}:{number}",
            "kfaccessFingerprint/v1": result.fingerprint,
        },
    }


def _location(place: Place) -> Data:
    at = max(place.line, 1)
    region = {"startLine": at, "startColumn": 1, "endLine": at, "endColumn": 2}
    physical = {"artifactLocation": {"uri": _uri(place)}, "region": region}
    logical = {"name": line(place.name), "fullyQualifiedName": full_name(place), "kind": "resource"}
    return {"physicalLocation": physical, **({"logicalLocations": [logical]} if place.kind else {})}


def _uri(place: Place) -> str:
    """Return the address of the object's file: relative, unless the file was named by an absolute path."""
    if place.file and PurePath(place.file).is_absolute():
        return PurePath(place.file).as_uri()
    return quote(path_of(place).encode("utf-8", "surrogateescape"))


def _flow(steps: tuple[Step, ...]) -> Data:
    locations = [{"location": {**_location(step.place), "message": _message(step.message)}} for step in steps]
    return {"threadFlows": [{"locations": locations}]}


def _suppressions(result: Result) -> list[Data]:
    """Return why the result is accepted; if any result has the key, all others need it."""
    if result.accepted is None:
        return []
    return [{"kind": "external", "status": "accepted", "justification": acceptance(result.accepted)}]


def _message(text: str) -> Data:
    """Return a plain text that cannot be a link or a placeholder, whatever names it quotes."""
    return {"text": _plain(text)}


def _description(text: str) -> str:
    """Return the text of a description in one line, shortened if it is too long for GitHub."""
    kept = " ".join(text.splitlines())
    whole = _plain(kept)
    while len(whole) > MOST_OF_A_DESCRIPTION:
        kept = kept[: MOST_OF_A_DESCRIPTION - 1][:-1]
        whole = _plain(f"{kept}...")
    return whole


def _plain(text: str) -> str:
    return _without_placeholders(line(text).replace("](", "]\\x28")) or "-"


def _without_placeholders(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


FORMATS = (Format("sarif", "SARIF 2.1.0, for code scanning", "sarif", render),)
