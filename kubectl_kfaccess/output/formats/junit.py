"""Format `junit`: test cases for continuous integration."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement, tostring

from kubectl_kfaccess.output.style import Format, Style
from kubectl_kfaccess.terminal.safe_text import shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.envelope import Response


def render(response: Response, _style: Style) -> Iterator[str]:
    """Yield the report's test cases as one test suite in XML."""
    cases = list(response.report.cases())
    counts = {
        "failures": sum(bool(case.failure) for case in cases),
        "errors": sum(bool(case.error) for case in cases),
        "skipped": sum(bool(case.skipped) for case in cases),
    }
    totals = {"tests": str(len(cases)), **{key: str(value) for key, value in counts.items()}}
    suite = Element("testsuite", {"name": f"kfaccess {response.report.kind}", **totals})
    for case in cases:
        element = SubElement(suite, "testcase", {"name": shown(case.name), "classname": shown(case.group)})
        for kind, text in (("failure", case.failure), ("error", case.error), ("skipped", case.skipped)):
            if text:
                SubElement(element, kind, {"message": shown(text)})
    yield '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(suite, encoding="unicode") + "\n"


FORMATS = (Format("junit", "for continuous integration", "xml", render),)
