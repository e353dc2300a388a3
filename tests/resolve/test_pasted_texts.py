"""The table of pasted texts: what each of them says, by `parse_errors`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec
import pytest
import yaml

from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.resolve.error_texts import CutError, ErrorQuestion, parse_errors
from kubectl_kfaccess.resolve.other_gates import NotRbac
from tests.builders import request


class PastedText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text, and what it says: see the head of the file."""

    id: str
    kind: str
    text: str
    user: str = ""
    verb: str = ""
    resource: str = ""
    path: str | None = None
    namespace: str = ""
    name: str = ""
    via: Plane = Plane.KUBECTL
    partial: bool = False
    questions: int | None = None
    cut: str = ""
    gates: tuple[str, ...] = ()

    @property
    def request(self) -> Request:
        """The denied request."""
        what = self.path or self.resource
        return request(self.verb, what, self.namespace, name=self.name)


TABLE = Path(__file__).with_name("pasted_texts.yaml")
TEXTS = msgspec.convert(yaml.safe_load(TABLE.read_text(encoding="utf-8")), list[PastedText])


@pytest.mark.parametrize("row", [pytest.param(row, id=f"{row.kind}: {row.id}") for row in TEXTS])
def test_a_pasted_text_says_what_the_table_says(row: PastedText) -> None:
    """The last request counts; every other gate is named, with advice; a cut text is no request."""
    refusals = parse_errors(row.text)
    questions = [refusal for refusal in refusals if isinstance(refusal, ErrorQuestion)]
    gates = [refusal for refusal in refusals if isinstance(refusal, NotRbac)]
    cut = [refusal.missing for refusal in refusals if isinstance(refusal, CutError)]

    expected = [(row.user, row.request, row.via, row.partial)] if row.verb else []
    assert expected == [(q.user, q.request, q.via, q.is_partial) for q in questions[-1:]]
    assert (row.questions or len(expected)) == len(questions)
    assert list(row.gates) == [gate.what.partition(":")[0] for gate in gates]
    assert all(gate.advice and "{" not in "".join(gate.advice) for gate in gates)
    assert ([row.cut] if row.cut else []) == cut


def test_the_table_is_large_and_its_names_differ() -> None:
    """The kinds that people paste are all in it."""
    assert len(TEXTS) >= 120
    assert not [name for name, count in Counter((row.kind, row.id) for row in TEXTS).items() if count > 1]
    assert not [text for text, count in Counter(row.text for row in TEXTS).items() if count > 1]
