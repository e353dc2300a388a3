"""A page read back: its elements, its texts and its tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser

from tests.running import run

VOID = frozenset(("meta", "input", "br", "path", "circle", "rect", "link"))
"""Elements without an end; those of SVG close themselves."""


@dataclass
class Element:
    """An element: its name, attributes, texts and elements in their order, and the element that it is in."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    content: list[Element | str] = field(default_factory=list)

    @cached_property
    def text(self) -> str:
        """All text in it."""
        return "".join(each if isinstance(each, str) else each.text for each in self.content)

    @property
    def words(self) -> str:
        """The text as a browser shows it: blanks and line ends are one blank."""
        return " ".join(self.text.split())

    @property
    def elements(self) -> list[Element]:
        """The elements right inside it."""
        return [each for each in self.content if isinstance(each, Element)]

    def all(self, name: str = "", **attributes: str) -> Iterator[Element]:
        """Yield the elements anywhere inside it with that name and these attributes; `class_` is `class`."""
        wanted = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
        for element in self.elements:
            known = element.attributes
            if (not name or element.name == name) and all(known.get(k) == v for k, v in wanted.items()):
                yield element
            yield from element.all(name, **attributes)

    def one(self, name: str = "", **attributes: str) -> Element:
        """Return the only such element."""
        (element,) = self.all(name, **attributes)
        return element

    def by_id(self, name: str) -> Element:
        """Return the element with that id."""
        return self.one(id=name)

    def tables(self) -> Iterator[list[dict[str, str]]]:
        """Yield the rows of each table in it, each as its cells by the headers of the last row of heads."""
        yield from (list(rows_of(table)) for table in self.all("table"))


def rows_of(table: Element) -> Iterator[dict[str, str]]:
    """Yield the rows of a table, each as its cells by their headers."""
    *_, head = next(table.all("thead")).all("tr")
    headers = [cell.words for cell in head.elements]
    for row in table.one("tbody").all("tr"):
        yield dict(zip(headers, (cell.words for cell in row.elements), strict=True))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), (tag, attrs)
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].content.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1].name == tag, f"</{tag}> ends <{self._open[-1].name}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].content.append(data)


def read(text: str) -> Element:
    """Return the whole page; every element in it ends in the right order."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert [reader.root] == reader._open
    return reader.root


def page(*words: str) -> Element:
    """Return the page that `report` writes with these words."""
    answer = run("report", *words)
    assert 0 == answer.status, answer.stderr
    return read(answer.stdout)
