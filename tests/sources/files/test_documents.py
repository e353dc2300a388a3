"""Kubernetes objects in files: every form that kubectl reads, and the place of an error."""

from __future__ import annotations

import io
import json
import random
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec import Struct

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.sources.files.documents import documents
from kubectl_kfaccess.sources.files.lines import Lines
from kubectl_kfaccess.sources.files.remarks import Remarks

SEED = 20_260_504


class Whole(Struct):
    """An object with its own metadata."""

    kind: str
    metadata: dict[str, Any]


def environment(cwd: Path, stdin: bytes = b"") -> Environment:
    """Return an environment with only a directory and standard input."""
    return Environment(io.BytesIO(stdin), io.StringIO(), io.StringIO(), {}, cwd)


def read(text: str | bytes, **options: Any) -> list[tuple[str, str, str]]:
    """Return the place, the kind and the name of each object in a text on standard input."""
    stdin = text.encode() if isinstance(text, str) else text
    read_documents = documents(["-"], environment(Path("/"), stdin), **options)
    return [(document.where, document.head().kind, document.head().name) for document in read_documents]


def names(text: str | bytes, **options: Any) -> list[str]:
    """Return the names of the objects in a text."""
    return [name for _, _, name in read(text, **options)]


def thing(name: str, kind: str = "Thing") -> dict[str, Any]:
    """Return an object."""
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}}


A, B = thing("a"), thing("b")
LIST = {"apiVersion": "v1", "kind": "List", "items": [A, B]}
TYPED = {"apiVersion": "v1", "kind": "ThingList", "items": [{"metadata": {"name": n}} for n in "ab"]}

FORMS = {
    "YAML documents": yaml.safe_dump_all([A, B]),
    "YAML with a separator in front": "---\n" + yaml.safe_dump_all([A, B]),
    "YAML with empty documents": "---\n---\n# none\n---\n"
    + f"{yaml.safe_dump(A)}---\n\n---\n{yaml.safe_dump(B)}---\n",
    "YAML with a directive": f"%YAML 1.1\n---\n{yaml.safe_dump(A)}---\n{yaml.safe_dump(B)}",
    "YAML that ends its documents": f"{yaml.safe_dump(A)}...\n---\n{yaml.safe_dump(B)}...\n",
    "YAML with Windows' line ends": yaml.safe_dump_all([A, B]).replace("\n", "\r\n"),
    "YAML with a byte order mark": "\ufeff" + yaml.safe_dump_all([A, B]),
    "YAML with a comment at the separator": f"{yaml.safe_dump(A)}--- # next\n{yaml.safe_dump(B)}",
    "a YAML List, kind last": yaml.safe_dump(LIST),
    "a YAML List, items last": yaml.safe_dump(LIST, sort_keys=False),
    "a YAML List, items indented": "apiVersion: v1\nkind: List\nitems:\n"
    + textwrap.indent(yaml.safe_dump([A, B]), "  "),
    "a YAML List in JSON's style": yaml.safe_dump(LIST, default_flow_style=True),
    "a YAML list of one kind": yaml.safe_dump(TYPED),
    "a List in a List": yaml.safe_dump({**LIST, "items": [LIST]}),
    "JSON in a row": json.dumps(A) + json.dumps(B),
    "JSON lines": f"{json.dumps(A)}\n{json.dumps(B)}\n",
    "indented JSON in a row": f"{json.dumps(A, indent=2)}\n\n{json.dumps(B, indent=2)}",
    "a JSON List": json.dumps(LIST),
    "an indented JSON List": json.dumps(LIST, indent=2),
    "a JSON list of one kind": json.dumps(TYPED),
    "a JSON List in a List": json.dumps({**LIST, "items": [LIST]}),
    "a JSON array": json.dumps([A, B]),
    "JSON between separators": f"{json.dumps(A)}\n---\n{json.dumps(B)}\n",
    "JSON and YAML": f"{json.dumps(A)}\n---\n{yaml.safe_dump(B)}",
    "YAML and JSON": f"{yaml.safe_dump(A)}---\n{json.dumps(B)}\n",
    "JSON after a comment": f"# two\n{json.dumps(LIST)}",
    "JSON with space in front": "\n\n  " + json.dumps(LIST),
    "JSON with a byte order mark": "\ufeff" + json.dumps(LIST),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_objects_come_in_every_form_that_kubectl_reads(form: str) -> None:
    """Each form contains the same two objects in the same order."""
    assert [("Thing", "a"), ("Thing", "b")] == [(kind, name) for _, kind, name in read(FORMS[form])]


@pytest.mark.parametrize("form", FORMS)
def test_an_object_is_whole_in_every_form(form: str) -> None:
    """The converted object has everything that is in the file."""
    read_documents = documents(["-"], environment(Path("/"), FORMS[form].encode()))

    assert [Whole("Thing", {"name": "a"}), Whole("Thing", {"name": "b"})] == [
        document.to(Whole) for document in read_documents
    ]


@pytest.mark.parametrize("form", FORMS)
def test_kinds_that_are_not_wanted_still_say_what_they_are(form: str) -> None:
    """They can come without their content, so that big files are read fast."""
    assert ["Thing", "Thing"] == [kind for _, kind, _ in read(FORMS[form], kinds=frozenset({"Thing"}))]
    assert {"Thing"} >= {kind for _, kind, _ in read(FORMS[form], kinds=frozenset({"Other"}))}


LAYOUTS: list[Callable[[list[dict[str, Any]]], str]] = [
    lambda objects: yaml.safe_dump_all(objects, sort_keys=False),
    lambda objects: yaml.safe_dump({"apiVersion": "v1", "items": objects, "kind": "List"}),
    lambda objects: yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": objects}, sort_keys=False),
    lambda objects: json.dumps({"kind": "List", "apiVersion": "v1", "items": objects}),
    lambda objects: "\n".join(json.dumps(item) for item in objects),
]


def test_nothing_wanted_is_lost_among_other_kinds() -> None:
    """Random files with wanted and other kinds return the wanted objects, whatever the layout."""
    draw = random.Random(SEED)

    for _ in range(200):
        objects = [thing(f"n{number}", draw.choice(["Role", "Pod"])) for number in range(draw.randint(1, 6))]
        expected = [item["metadata"]["name"] for item in objects if item["kind"] == "Role"]
        text = draw.choice(LAYOUTS)(objects)

        actual = [name for _, kind, name in read(text, kinds=frozenset({"Role"})) if kind == "Role"]

        assert expected == actual, f"seed {SEED}: {text}"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("kind: |\n  kind: Pod\napiVersion: v1\nmetadata: {name: a}\n", id="in a text"),
        pytest.param("apiVersion: v1\nkind: Role\nmetadata:\n  name: a\n  kind: Pod\n", id="inside"),
        pytest.param("apiVersion: v1\n'kind': Role\nmetadata: {name: a}\n", id="a quoted key"),
        pytest.param("apiVersion: v1\nkind: 'Role' # Pod\nmetadata: {name: a}\n", id="quoted"),
        pytest.param("{apiVersion: v1, kind: Role, metadata: {name: a}}\n", id="in JSON's style"),
        pytest.param("apiVersion: v1\nkind: !!str Role\nmetadata: {name: a}\n", id="with a tag"),
        pytest.param("apiVersion: v1\nkind:\n  Role\nmetadata: {name: a}\n", id="on the next line"),
    ],
)
def test_a_kind_is_what_yaml_says_it_is(text: str) -> None:
    """A search for the word alone would lose the object."""
    assert names(text) == names(text, kinds=frozenset({"Role"}))


def test_an_anchor_in_a_list_serves_the_items_after_it() -> None:
    """An alias has the value of its anchor, also in another item."""
    text = "apiVersion: v1\nkind: List\nitems:\n" + "".join(
        f"- apiVersion: v1\n  kind: Thing\n  metadata: {metadata}\n"
        for metadata in ("&shared {name: a}", "*shared")
    )

    assert ["a", "a"] == names(text)


def test_a_date_is_text() -> None:
    """Kubernetes' own reader knows no dates, so a label `2024-01-01` is this text."""
    text = "apiVersion: v1\nkind: Thing\nmetadata:\n  name: a\n  labels: {since: 2024-01-01}\n"

    (document,) = documents(["-"], environment(Path("/"), text.encode()))

    assert {"name": "a", "labels": {"since": "2024-01-01"}} == document.to(Whole).metadata


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "# a comment\n" + yaml.safe_dump(A), ["standard input:2"], id="after a comment"
        ),
        pytest.param(yaml.safe_dump_all([A, B]), ["standard input:1", "standard input:6"], id="documents"),
        pytest.param(
            yaml.safe_dump(LIST, sort_keys=False), ["standard input:4", "standard input:8"], id="a List"
        ),
        pytest.param(json.dumps(LIST), ["standard input item 1", "standard input item 2"], id="a JSON List"),
        pytest.param(
            f"{json.dumps(A)}\n{json.dumps(B)}", ["standard input:1", "standard input:2"], id="JSON lines"
        ),
    ],
)  # fmt: skip
def test_an_object_knows_its_place(text: str, expected: list[str]) -> None:
    """It is FILE:LINE, or the number of the item in JSON."""
    assert expected == [where for where, _, _ in read(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(b"a: b: c\n", "standard input:1: malformed YAML: mapping values", id="YAML"),
        pytest.param(
            yaml.safe_dump(A).encode() + b"---\nx: 1\na: b: c\n",
            "standard input:7: malformed YAML: mapping values",
            id="YAML in the second document",
        ),
        pytest.param(b"a: \xff\n", "standard input:1: malformed YAML: not UTF-8 text", id="no UTF-8"),
        pytest.param(b"a: *b\n", "standard input:1: malformed YAML: found undefined alias", id="an alias"),
        pytest.param(b"a: !!python/name:os.system\n", "malformed YAML", id="a tag of Python's"),
        pytest.param(b'{"a": 1,}', "standard input:1: malformed JSON: ", id="JSON"),
        pytest.param(
            json.dumps(A).encode() + b'\n{"b"}',
            "standard input:2: malformed JSON: ",
            id="JSON on the second line",
        ),
        pytest.param(b'{"apiVersion": "v1", "kind": "\xff"}', "malformed JSON", id="JSON that is no UTF-8"),
        pytest.param(b"[" * 100_000, "malformed JSON", id="JSON too deep"),
        pytest.param(b"- a\n", "not a Kubernetes object", id="a YAML list of texts"),
        pytest.param(b"just text\n", "standard input:1: not a Kubernetes object", id="text"),
        pytest.param(b"kind: Thing\n", "it has no `apiVersion` and `kind`", id="no apiVersion"),
        pytest.param(b"apiVersion: v1\n", "it has no `apiVersion` and `kind`", id="no kind"),
        pytest.param(b'{"kind": 1, "apiVersion": "v1"}', "kind", id="a kind that is no text"),
        pytest.param(b"apiVersion: v1\nkind: List\nitems: 7\n", "standard input:1", id="items of a number"),
    ],
)
def test_a_file_that_holds_no_objects_is_a_mistake_with_its_place(text: bytes, expected: str) -> None:
    """The error is one line with the place and the problem."""
    with pytest.raises(UsageError) as raised:
        read(text)

    assert expected in raised.value.message
    assert "\n" not in raised.value.message


def test_a_field_of_another_type_names_the_object() -> None:
    """The error names the file, the kind and name, and the field."""
    (document,) = documents(
        ["-"], environment(Path("/"), b"apiVersion: v1\nkind: Thing\nmetadata: {name: a}\n")
    )
    with pytest.raises(UsageError, match=r"standard input:1: Thing `a`: .*\$\.metadata\.name"):
        document.to(_Other)


class _OtherName(Struct):
    name: int


class _Other(Struct):
    metadata: _OtherName


def test_a_link_that_leads_nowhere_is_said(tmp_path: Path) -> None:
    """It can stand for anything."""
    (tmp_path / "a.yaml").symlink_to("nowhere.yaml")

    with pytest.raises(UsageError, match=r"cannot read `\./a\.yaml`: no such file|cannot read `a\.yaml`"):
        list(documents(["."], environment(tmp_path)))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a directory with files, some without objects, and a subdirectory."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "b.yml").write_text(yaml.safe_dump(B))
    (tmp_path / "a.yaml").write_text(yaml.safe_dump(A))
    (tmp_path / "values.yaml").write_text("replicas: 1\n")
    (tmp_path / "readme.txt").write_text("a: b: c\n")
    (tmp_path / "sub" / "c.json").write_text(json.dumps(thing("c")))
    return tmp_path


@pytest.mark.parametrize(
    ("recursive", "expected"),
    [
        pytest.param(False, [("a.yaml:1", "a"), ("b.yml:1", "b")], id="itself"),
        pytest.param(True, [("a.yaml:1", "a"), ("b.yml:1", "b"), ("sub/c.json", "c")], id="all of it"),
    ],
)
def test_a_directory_is_its_manifests_by_name(
    tree: Path, recursive: bool, expected: list[tuple[str, str]]
) -> None:
    """Documents that are not objects are skipped with a note."""
    remarks = Remarks()

    read_documents = documents(["."], environment(tree), recursive=recursive, remarks=remarks)

    assert expected == [(document.where, document.head().name) for document in read_documents]
    assert ["1 document is not a Kubernetes object, passed over: at values.yaml:1"] == [*remarks.lines()]


def test_the_same_file_by_its_own_name_must_hold_objects(tree: Path) -> None:
    """A file that the user names is expected to have objects."""
    with pytest.raises(UsageError, match=r"values\.yaml:1: not a Kubernetes object"):
        list(documents(["values.yaml"], environment(tree), remarks=Remarks()))


def test_a_directory_without_manifests_is_a_mistake(tmp_path: Path) -> None:
    """The hint names the flag that includes subdirectories."""
    with pytest.raises(UsageError, match=r"no YAML or JSON file in the directory `\.`") as raised:
        list(documents(["."], environment(tmp_path)))

    assert "`-R`" in raised.value.hint


def test_a_file_that_cannot_be_read_is_said_with_the_cause(tmp_path: Path) -> None:
    """The message is in lower case, with the name in backticks."""
    with pytest.raises(UsageError, match=r"^cannot read `gone\.yaml`: no such file or directory$"):
        list(documents(["gone.yaml"], environment(tmp_path)))


def test_an_absolute_path_is_not_below_the_working_directory(tree: Path, tmp_path: Path) -> None:
    """The user's path is used as it is."""
    (document,) = documents([str(tree / "a.yaml")], environment(tmp_path / "elsewhere"))

    assert "a" == document.head().name


ROLES = "kind: Role\napiVersion: rbac.authorization.k8s.io/v1\nmetadata: {name: 'rôle-長'}\n---\n" * 2


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b""])
@pytest.mark.parametrize("text", [ROLES, ROLES.replace("\n", "\r\n"), f"\n# 長\n{ROLES}"])
def test_files_of_windows_are_read(mark: bytes, text: str) -> None:
    """UTF-16 in either order of bytes, and UTF-8, with a mark."""
    encoding = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}.get(mark, "utf-8")

    read = list(documents(["-"], environment(Path("/"), mark + text.encode(encoding))))

    assert ["rôle-長", "rôle-長"] == [document.head().name for document in read]
    assert f":{5 + text.count('#') * 2}" == read[1].where[-2:]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_json_of_windows_is_read(encoding: str) -> None:
    """Lists, and several objects in a row."""
    item = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "å"}}
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": [item]}) + "\n" + json.dumps(item)

    read = list(documents(["-"], environment(Path("/"), text.encode(encoding))))

    assert ["å", "å"] == [document.head().name for document in read]


def test_text_that_is_cut_is_no_utf_16() -> None:
    """The error says what the mark promised."""
    with pytest.raises(UsageError, match="starts as UTF-16"):
        list(documents(["-"], environment(Path("/"), b"\xff\xfea\x00b")))


def test_the_number_of_a_line_takes_one_look_at_each_character() -> None:
    """Many values in a row, one a line, would otherwise take quadratic time."""

    class Counted(str):
        looked_at = 0

        def count(self, text: str, start: int = 0, end: int | None = None) -> int:  # type: ignore[override]
            Counted.looked_at += (len(self) if end is None else end) - start
            return super().count(text, start, end)

    content = Counted("{}\n" * 1000)
    lines = Lines(content)

    assert list(range(1, 1001)) == [lines.number_at(3 * at) for at in range(1000)]
    assert Counted.looked_at <= len(content)
