"""The bills of materials: valid CycloneDX, the same bytes again, and nothing but what is really there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.utils import canonicalize_name

from kubectl_kfaccess import __version__
from release import contents, requirements
from release.archive import sha256
from release.bill import write_bill
from release.sums import NAME, write_sums
from tests.packaging.conftest import Archive
from tests.running import REPOSITORY

Bill = dict[str, Any]
LOCK = REPOSITORY / "release" / "requirements.txt"


@pytest.fixture(scope="module")
def bill(wheel: Path) -> Path:
    """Return the bill of the wheel, written by its command."""
    return written(wheel)


def written(artefact: Path, **environ: str) -> Path:
    """Write a bill as the release workflow does, and return its path."""
    subprocess.run(
        [sys.executable, "-m", "release", "sbom", artefact],
        check=True,
        capture_output=True,
        cwd=REPOSITORY,
        env={**os.environ, **environ},
        timeout=300,
    )
    return artefact.with_name(f"{artefact.name}.cdx.json")


def read(bill: Path) -> Bill:
    """Return a bill as data."""
    content: Bill = json.loads(bill.read_text(encoding="utf-8"))
    return content


def packages(bill: Bill) -> dict[str, str]:
    """Return the versions of the packages from the index that a bill names."""
    purls = [component["purl"] for component in bill["components"] if "purl" in component]
    return dict(purl.removeprefix("pkg:pypi/").split("@") for purl in purls)


def problem(bill: Path) -> str:
    """Return what is wrong with a bill by the schema of CycloneDX 1.6; "" if nothing is."""
    text = bill.read_text(encoding="utf-8")
    return str(JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) or "")


def test_the_bill_of_the_wheel_is_valid(bill: Path) -> None:
    """By the schema that CycloneDX publishes, without any key that it does not know."""
    assert "" == problem(bill)
    assert ("CycloneDX", "1.6") == (read(bill)["bomFormat"], read(bill)["specVersion"])


def test_a_spoilt_bill_is_not_valid(bill: Path, tmp_path: Path) -> None:
    """The schema is really applied."""
    spoilt = tmp_path / bill.name
    spoilt.write_text(json.dumps({**read(bill), "componentes": []}), encoding="utf-8")

    assert "componentes" in problem(spoilt)


def test_the_bill_is_about_the_bytes_of_the_wheel(bill: Path, wheel: Path) -> None:
    """It names the file, its checksum and the version."""
    subject = read(bill)["metadata"]["component"]

    assert (wheel.name, __version__) == (subject["name"], subject["version"])
    assert [{"alg": "SHA-256", "content": sha256(wheel)}] == subject["hashes"]


def test_the_bill_names_what_is_installed_with_the_wheel(bill: Path) -> None:
    """uv reads the same metadata, and finds the same packages in the same versions."""
    command = ("pip", "tree", "--package", "kubectl-kfaccess", "--no-dedupe", "--python", sys.executable)
    done = subprocess.run(
        [sys.executable, "-m", "uv", *command, "--offline", "--color", "never"],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    installed = dict(re.findall(r"([\w.-]+) v(\d\S*)", done.stdout))

    del installed["kubectl-kfaccess"]
    assert len(installed) > 20
    assert installed == packages(read(bill))


def test_each_component_has_the_checksums_of_the_lock(bill: Path) -> None:
    """All of its version, and no others: somebody can look up which file they have."""
    text = LOCK.read_text(encoding="utf-8")
    for component in read(bill)["components"]:
        entry = re.search(
            rf"^{re.escape(component['name'])}=={re.escape(component['version'])}\b.*\n((?: +--hash.*\n)+)",
            text,
            re.MULTILINE,
        )
        assert entry is not None, component["name"]
        (files,) = component["externalReferences"]
        assert set(re.findall(r"[0-9a-f]{64}", entry[1])) == {each["content"] for each in files["hashes"]}


def test_every_component_has_a_licence(bill: Path) -> None:
    """It is the one in the package's own metadata."""
    components = {component["name"]: component for component in read(bill)["components"]}

    assert [] == [name for name, component in components.items() if not component.get("licenses")]
    assert [{"license": {"id": "MIT"}}] == components["pyyaml"]["licenses"]


def test_the_bill_says_what_requires_what(bill: Path) -> None:
    """The program requires what setup.cfg says, and other packages are required by one of these."""
    required = {each["ref"]: each.get("dependsOn", []) for each in read(bill)["dependencies"]}
    direct = {re.sub(r"^pkg:pypi/|@.*", "", ref) for ref in required["kubectl-kfaccess"]}

    config = (REPOSITORY / "setup.cfg").read_text(encoding="utf-8")
    listed = re.search(r"^install_requires =\n((?:    .+\n)+)", config, re.MULTILINE)
    assert listed is not None
    assert {canonicalize_name(re.split("[<>=!]", line)[0]) for line in listed[1].split()} == direct
    pending, reached = ["kubectl-kfaccess"], set[str]()
    while pending:
        reached.add(ref := pending.pop())
        pending += [each for each in required[ref] if each not in reached]
    assert set(required) == reached


def test_the_bill_is_the_same_bytes_again(wheel: Path, tmp_path: Path) -> None:
    """On another day, in another folder, in another order of sets."""
    bills = []
    for seed in ("1", "2"):
        copy = tmp_path / seed / wheel.name
        copy.parent.mkdir()
        shutil.copyfile(wheel, copy)
        bills.append(written(copy, PYTHONHASHSEED=seed, SOURCE_DATE_EPOCH="1700000000").read_bytes())

    assert bills[0] == bills[1]
    assert "2023-11-14T22:13:20+00:00" == json.loads(bills[0])["metadata"]["timestamp"]


def test_another_wheel_has_another_serial_number(wheel: Path, bill: Path, tmp_path: Path) -> None:
    """Two releases never share one."""
    other = tmp_path / wheel.name
    other.write_bytes(wheel.read_bytes() + b"\n")

    assert read(bill)["serialNumber"] != read(written(other))["serialNumber"]


def test_a_package_in_another_version_than_the_lock_has_no_bill(
    wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bill would name checksums of other files."""
    lock = tmp_path / "requirements.txt"
    text = LOCK.read_text(encoding="utf-8")
    lock.write_text(re.sub(r"^msgspec==\S+", "msgspec==0.0.1", text, flags=re.MULTILINE), encoding="utf-8")
    monkeypatch.setattr(requirements, "LOCK", lock)

    with pytest.raises(ValueError, match=r"`msgspec` \S+ is not the locked version"):
        write_bill(wheel)


@pytest.mark.slow  # by `make installs`
def test_the_bill_of_the_archive_is_valid(archive: Archive) -> None:
    """By the schema; and it is about the archive's bytes."""
    content = read(archive.bill)

    assert "" == problem(archive.bill)
    assert sha256(archive.archive) == content["metadata"]["component"]["hashes"][0]["content"]
    assert archive.bill.read_bytes() == written(archive.archive).read_bytes()


@pytest.mark.slow
def test_the_bill_of_the_archive_names_the_packages_whose_modules_are_in_it(archive: Archive) -> None:
    """PyInstaller's own viewer lists the modules, and the records of packages say whose they are."""
    viewer = [sys.executable, "-m", "PyInstaller.utils.cliutils.archive_viewer", "--list", "--recursive"]
    done = subprocess.run(
        [*viewer, archive.program / "kubectl-kfaccess"],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    modules = set(re.findall(r"'([\w.-]+)'$", done.stdout, re.MULTILINE))
    expected = {
        canonicalize_name(package.name)
        for package in metadata.distributions()
        for file in package.files or ()
        if file.suffix == ".py" and ".".join(file.with_suffix("").parts).removesuffix(".__init__") in modules
    }

    assert {"kubernetes", "pyyaml", "urllib3"} <= expected
    # PyInstaller's start-up code has names of its own; an editable installation has no record of our modules
    assert expected - {"kubectl-kfaccess"} | {"pyinstaller"} == packages(read(archive.bill)).keys()


@pytest.mark.slow
def test_the_bill_of_the_archive_names_python_and_every_shared_library(archive: Archive) -> None:
    """With the bytes that are in the archive."""
    components = read(archive.bill)["components"]
    libraries = {each["name"]: each["hashes"][0]["content"] for each in components if each["type"] == "file"}

    files = [file for file in (archive.program / "_internal").iterdir() if file.is_file()]
    shared = {file.name: sha256(file) for file in files if ".so" in file.name or file.suffix == ".dylib"}
    assert shared
    assert shared == libraries
    versions = {each["name"]: each.get("version") for each in components}
    assert sys.version.split()[0] == versions["python"]


@pytest.mark.slow
def test_a_module_of_an_unknown_package_has_no_bill(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package that slipped into the archive cannot be missing from its bill."""
    others = [package for package in requirements.required_packages() if package.name != "tabulate"]
    monkeypatch.setattr(contents, "required_packages", lambda: others)

    with pytest.raises(LookupError, match="`tabulate` in the archive belongs to no package"):
        contents.contents_of(archive.archive)


def test_sha256sum_takes_the_checksums(tmp_path: Path) -> None:
    """It verifies every file, and sees a file that was changed."""
    for name in ("b.tar.gz", "a b.whl", "kfaccess.yaml"):
        (tmp_path / name).write_text(name)
    sums = write_sums(write_sums(tmp_path).parent)  # a second time: it leaves itself out
    check = ["sha256sum", "--check", "--strict", sums.name]

    done = subprocess.run(check, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (0, ["a b.whl: OK", "b.tar.gz: OK", "kfaccess.yaml: OK"]) == (
        done.returncode,
        done.stdout.splitlines(),
    )

    (tmp_path / "a b.whl").write_text("changed")
    done = subprocess.run(check, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (1, "a b.whl: FAILED") == (done.returncode, done.stdout.splitlines()[0])
    assert NAME == sums.name
