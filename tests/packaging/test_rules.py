"""krew's manifest: filled from its template, and checked against every rule of krew and its index."""

from __future__ import annotations

import copy
import gzip
import io
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_kfaccess import __version__
from release.__main__ import main
from release.archive import archive_name, sha256
from release.manifest import NAME, filled
from release.project import HOMEPAGE, homepage
from release.rules import problems

Manifest = dict[str, Any]
PLATFORMS = (("linux", "amd64"), ("darwin", "arm64"), ("windows", "amd64"))


def archive_of(path: Path, names: tuple[str, ...], kind: bytes = tarfile.REGTYPE, mode: int = 0o755) -> Path:
    """Write an archive with entries of these names, all of one kind, and return its path."""
    with (
        path.open("wb") as raw,
        gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed,  # the same checksum a second later
        tarfile.open(mode="w", fileobj=packed) as tar,
    ):
        for name in names:
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode, entry.linkname = kind, mode, "LICENSE"
            tar.addfile(entry, io.BytesIO())
    return path


def archives(folder: Path) -> list[Path]:
    """Write an archive for each of three platforms, and return their paths."""
    return [
        archive_of(
            folder / archive_name(*platform),
            ("LICENSE", "kubectl-kfaccess.exe" if platform[0] == "windows" else "kubectl-kfaccess"),
        )
        for platform in PLATFORMS
    ]


def written(folder: Path, manifest: Manifest, name: str = "kfaccess.yaml") -> Path:
    """Write the manifest to a file, and return its path."""
    file = folder / name
    file.write_text(yaml.safe_dump(manifest), encoding="utf-8")
    return file


@pytest.fixture
def good(tmp_path: Path) -> Manifest:
    """Return a manifest that is filled from the template for three platforms."""
    manifest: Manifest = yaml.safe_load(filled(archives(tmp_path)))
    return manifest


def test_a_filled_template_follows_every_rule(tmp_path: Path, good: Manifest) -> None:
    """For all platforms at once, including their archives."""
    assert [] == problems(written(tmp_path, good), archives(tmp_path))


def test_each_archive_is_a_platform_with_its_own_checksum(tmp_path: Path, good: Manifest) -> None:
    """Whichever archives there are, the platforms are sorted."""
    made = {archive.name: archive for archive in archives(tmp_path)}

    platforms = good["spec"]["platforms"]
    assert sorted(PLATFORMS) == [
        (each["selector"]["matchLabels"]["os"], each["selector"]["matchLabels"]["arch"]) for each in platforms
    ]
    for each in platforms:
        assert sha256(made[each["uri"].rpartition("/")[2]]) == each["sha256"]


def test_the_version_of_the_manifest_is_the_packages(good: Manifest) -> None:
    """krew needs a `v` before it; the archives are below the release with that tag."""
    assert f"v{__version__}" == good["spec"]["version"]
    assert {True} == {f"/download/v{__version__}/" in each["uri"] for each in good["spec"]["platforms"]}


def test_the_workflow_names_the_place_of_the_release() -> None:
    """Its variable says where the archives will be; without it, there is a placeholder."""
    assert "https://host.example/me/it" == homepage({"KFACCESS_HOMEPAGE": "https://host.example/me/it/"})
    assert HOMEPAGE == homepage({})


def test_the_manifest_stands_beside_its_archives(tmp_path: Path) -> None:
    """`make dist` writes it there, with their checksums; there is none in the sources."""
    made = archives(tmp_path)

    assert 0 == main(["manifest", *map(str, made), "--folder", str(tmp_path)])
    assert filled(made) == (tmp_path / NAME).read_text(encoding="utf-8")


def first(manifest: Manifest) -> Manifest:
    """Return the first platform."""
    platform: Manifest = manifest["spec"]["platforms"][0]
    return platform


def labels(manifest: Manifest, **changed: str) -> None:
    """Let the first platform select something else."""
    first(manifest)["selector"]["matchLabels"].update(changed)


def windows(manifest: Manifest) -> Manifest:
    """Return the platform of Windows."""
    platform: Manifest = manifest["spec"]["platforms"][-1]
    return platform


BROKEN = [
    pytest.param(lambda m: m.update(apiVersion="v1"), "apiVersion is not", id="the version of the API"),
    pytest.param(lambda m: m.update(kind="Plug"), "kind is not `Plugin`", id="the kind"),
    pytest.param(lambda m: m["metadata"].update(name="Kf_Access"), "cannot be the name", id="a bad name"),
    pytest.param(lambda m: m["metadata"].update(name="nul"), "cannot be the name", id="a reserved name"),
    pytest.param(lambda m: m["metadata"].update(name="kube-kf"), "starts with `kube`", id="a kube prefix"),
    pytest.param(lambda m: m["metadata"].update(name="other"), "not `other.yaml`", id="the name of the file"),
    pytest.param(lambda m: m["spec"].update(version="0.1.0"), "not a semantic version", id="no v"),
    pytest.param(lambda m: m["spec"].update(version="v1.0"), "not a semantic version", id="two numbers"),
    pytest.param(
        lambda m: m["spec"].update(version="v01.0.0"), "not a semantic version", id="a leading zero"
    ),
    pytest.param(lambda m: m["spec"].pop("version"), "`version` is missing", id="no version"),
    pytest.param(lambda m: m["spec"].update(shortDescription=""), "is not one line", id="no short text"),
    pytest.param(
        lambda m: m["spec"].update(shortDescription="a\nb"), "is not one line", id="two short lines"
    ),
    pytest.param(
        lambda m: m["spec"].update(shortDescription="a" * 51), "would cut it off", id="a long short text"
    ),
    pytest.param(lambda m: m["spec"].update(platforms=[]), "there is no platform", id="no platform"),
    pytest.param(lambda m: m["spec"].pop("caveats"), "`caveats` is missing", id="no caveats"),
    pytest.param(lambda m: m["spec"].update(home="x"), "`home` is not a field", id="an unknown field"),
    pytest.param(lambda m: m["spec"].update(homepage="me"), "not an https address", id="the homepage"),
    pytest.param(lambda m: first(m).pop("uri"), "`uri` is missing", id="no address"),
    pytest.param(lambda m: first(m).pop("bin"), "`bin` is missing", id="no program"),
    pytest.param(lambda m: first(m).pop("selector"), "`selector` is missing", id="no selector"),
    pytest.param(lambda m: first(m).update(sha256="A" * 64), "64 lower-case", id="a checksum in capitals"),
    pytest.param(lambda m: first(m).update(sha256="a" * 63), "64 lower-case", id="a short checksum"),
    pytest.param(
        lambda m: first(m).update(uri="http://x/y"), "not an https address", id="an address without TLS"
    ),
    pytest.param(lambda m: first(m).update(files=[]), "`files` is not a list", id="an empty list of files"),
    pytest.param(
        lambda m: first(m).update(files=[{"from": "*"}]), "`files` is not a list", id="no destination"
    ),
    pytest.param(lambda m: labels(m, distribution="x"), "the selector is not", id="another label"),
    pytest.param(lambda m: labels(m, os="plan9"), "krew has no platform `plan9/", id="an unknown system"),
    pytest.param(lambda m: labels(m, arch="x86_64"), "krew has no platform", id="an unknown processor"),
    pytest.param(lambda m: labels(m, os="linux", arch="amd64"), "several platforms are", id="an overlap"),
    pytest.param(lambda m: windows(m).update(bin="kubectl-kfaccess"), "must end with `.exe`", id="no .exe"),
    pytest.param(lambda m: first(m).update(bin="x.exe"), "must end with `.exe`", id="an .exe elsewhere"),
]


@pytest.mark.parametrize(("spoil", "message"), BROKEN)
def test_a_broken_rule_is_a_problem(
    spoil: Callable[[Manifest], object], message: str, tmp_path: Path, good: Manifest
) -> None:
    """One change to a good manifest leads to a problem about it."""
    bad = copy.deepcopy(good)
    spoil(bad)

    assert message in "\n".join(problems(written(tmp_path, bad)))


ENTRIES = [
    pytest.param(
        ("LICENSE", "kubectl-kfaccess"), tarfile.SYMTYPE, "neither a file nor", id="a symbolic link"
    ),
    pytest.param(("LICENSE", "kubectl-kfaccess"), tarfile.LNKTYPE, "neither a file nor", id="a hard link"),
    pytest.param(("LICENSE", "foo..bar"), tarfile.REGTYPE, "could be outside", id="two dots in a name"),
    pytest.param(
        ("LICENSE", "/kubectl-kfaccess"), tarfile.REGTYPE, "could be outside", id="an absolute name"
    ),
    pytest.param(("LICENSE", "other"), tarfile.REGTYPE, "there is no program", id="no program"),
    pytest.param(("kubectl-kfaccess",), tarfile.REGTYPE, "there is no licence", id="no licence"),
]


@pytest.mark.parametrize(("names", "kind", "message"), ENTRIES)
def test_an_archive_that_krew_would_refuse_is_a_problem(
    names: tuple[str, ...], kind: bytes, message: str, tmp_path: Path
) -> None:
    """krew accepts only regular files and folders, and no name that could lead elsewhere."""
    archive = archive_of(tmp_path / archive_name("linux", "amd64"), names, kind)
    manifest = written(tmp_path, yaml.safe_load(filled([archive])))

    assert message in "\n".join(problems(manifest, [archive]))


def test_a_program_that_cannot_be_run_is_a_problem(tmp_path: Path) -> None:
    """krew unpacks with the modes in the archive."""
    names = ("LICENSE", "kubectl-kfaccess")
    archive = archive_of(tmp_path / archive_name("linux", "amd64"), names, mode=0o644)
    manifest = written(tmp_path, yaml.safe_load(filled([archive])))

    assert ["there is no program `kubectl-kfaccess` in it"] == problems(manifest, [archive])


def test_a_wrong_checksum_is_a_problem(tmp_path: Path, good: Manifest) -> None:
    """krew verifies it, even if the archive is on this machine."""
    (linux, *_) = archives(tmp_path)
    archive_of(linux, ("LICENSE", "kubectl-kfaccess", "more"))

    assert [f"the checksum of `{linux.name}` differs from the one of its platform"] == problems(
        written(tmp_path, good), [linux]
    )


def test_an_archive_without_a_platform_is_a_problem(tmp_path: Path, good: Manifest) -> None:
    """Every archive that is built must be released."""
    other = archive_of(tmp_path / archive_name("linux", "arm64"), ("LICENSE",))

    assert [f"no platform names `{other.name}`"] == problems(written(tmp_path, good), [other])


def test_an_empty_manifest_is_a_problem(tmp_path: Path) -> None:
    """A file that was cut off is not a manifest."""
    (tmp_path / "kfaccess.yaml").write_text("")

    assert ["it is not a YAML object"] == problems(tmp_path / "kfaccess.yaml")
