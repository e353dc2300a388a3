"""The archive: sorted regular files, and the same bytes for the same folder."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pytest

from kubectl_kfaccess import __version__
from release.archive import archive_name, pack, platform_of
from release.project import epoch


def folder(root: Path, names: tuple[str, ...]) -> Path:
    """Create a program's folder, in which links and a hard link name one library, and return its path."""
    (root / "_internal").mkdir(parents=True)
    for name in names:
        (root / name).write_text(name)
        (root / name).chmod(0o600)
    (root / "kubectl-kfaccess").chmod(0o700)
    (root / "_internal" / "linked.so").symlink_to("library.so")
    os.link(root / "_internal" / "library.so", root / "_internal" / "twin.so")
    (root / "Versions").symlink_to("_internal", target_is_directory=True)
    return root


NAMES = ("kubectl-kfaccess", "LICENSE", "_internal/library.so")


def test_links_become_what_they_lead_to(tmp_path: Path) -> None:
    """krew refuses an archive with a link, symbolic or hard, to a file or to a folder."""
    packed = pack(folder(tmp_path / "one", NAMES), tmp_path / "one.tar.gz")

    with tarfile.open(packed) as tar:
        content = {
            entry.name: tar.extractfile(entry).read()  # type: ignore[union-attr]  # all are regular files
            for entry in tar.getmembers()
        }
        assert {tarfile.REGTYPE} == {entry.type for entry in tar.getmembers()}
    assert {b"_internal/library.so"} == {content[name] for name in content if name.endswith(".so")}
    assert {"_internal/linked.so", "_internal/twin.so", "Versions/library.so"} <= content.keys()


def test_everybody_may_read_it_and_it_is_nobodys(tmp_path: Path) -> None:
    """It contains neither the builder's name nor their modes; programs can still be run."""
    packed = pack(folder(tmp_path / "one", NAMES), tmp_path / "one.tar.gz")

    with tarfile.open(packed) as tar:
        modes = {entry.name: entry.mode for entry in tar.getmembers()}
        owners = {(entry.uid, entry.gid, entry.uname, entry.gname) for entry in tar.getmembers()}
    assert {(0, 0, "", "")} == owners
    assert (0o755, 0o644) == (modes["kubectl-kfaccess"], modes["LICENSE"])
    assert list(modes) == sorted(modes)


def test_the_same_files_are_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The order and the time in which they were written do not count, and neither does the archive's name."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")  # every builder sets it
    first, second = folder(tmp_path / "one", NAMES), folder(tmp_path / "other", NAMES[::-1])
    os.utime(second / "LICENSE", (1, 1))

    assert pack(first, tmp_path / "a.tar.gz").read_bytes() == pack(second, tmp_path / "b.tar.gz").read_bytes()


def test_the_name_of_an_archive_tells_its_platform() -> None:
    """The workflow collects the archives of other machines, and reads their platforms from their names."""
    assert ("linux", "arm64") == platform_of(Path("there", archive_name("linux", "arm64")))
    assert archive_name("linux", "arm64") == f"kubectl-kfaccess_v{__version__}_linux_arm64.tar.gz"


def test_an_archive_of_another_version_is_refused() -> None:
    """A leftover of the last release cannot get into a manifest."""
    with pytest.raises(ValueError, match=r"is not of version v"):
        platform_of(Path("kubectl-kfaccess_v0.0.0_linux_amd64.tar.gz"))


def test_the_date_of_a_release_is_the_builders() -> None:
    """It is SOURCE_DATE_EPOCH, which distributions set, but not earlier than ZIP's first date."""
    assert 1_700_000_000 == epoch({"SOURCE_DATE_EPOCH": "1700000000"})
    assert 315_532_800 == epoch({"SOURCE_DATE_EPOCH": "0"})
