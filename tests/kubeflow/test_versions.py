"""Versions as releases are tagged, and ranges of versions."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.kubeflow.versions import Versions, image_version, version

# In order of release
IN_ORDER = [
    "1.0.0", "1.8.22", "2.0.0-alpha.7", "2.0.0-beta.0", "2.0.0-rc.1", "2.0.0-rc.2", "2.0.0", "2.0.5",
    "2.4.1", "2.5.0", "2.14.4", "2.15.0", "2.17.0",
]  # fmt: skip

IMAGES = {
    "ghcr.io/kubeflow/kfp-api-server:2.5.0": "2.5.0",
    "gcr.io/ml-pipeline/api-server:2.0.0-alpha.7": "2.0.0-alpha.7",
    "registry.example.com:5000/mirror/kfp-api-server:2.14.4-ours.3": "2.14.4",
    "ghcr.io/kubeflow/kfp-api-server:v2.5.0@sha256:0123456789abcdef": "2.5.0",
    "ghcr.io/kubeflow/kfp-api-server:2.5.0@sha256:0123456789abcdef": "2.5.0",
    "registry.example.com:5000/kfp-api-server": None,
    "ghcr.io/kubeflow/kfp-api-server": None,
    "ghcr.io/kubeflow/kfp-api-server:latest": None,
    "ghcr.io/kubeflow/kfp-api-server@sha256:2.5.0": None,
    "ghcr.io/kubeflow/kfp-api-server:2.5": None,
    "ghcr.io/kubeflow/kfp-api-server:2.5.0b": None,
    "": None,
}


def test_versions_are_sorted_by_release() -> None:
    """Pre-releases come before their release, and numbers compare as numbers."""
    versions = [version(text) for text in reversed(IN_ORDER)]

    assert IN_ORDER == [str(release) for release in sorted(release for release in versions if release)]


@pytest.mark.parametrize("text", ["", "2", "2.5", "2.5.0.1", "latest", "2.5.0-", "2.5.x", "٢.٥.٠", "2.5.0 "])
def test_other_texts_are_not_versions(text: str) -> None:
    """A tag can be any text."""
    assert version(text) is None


@pytest.mark.parametrize(("image", "expected"), IMAGES.items(), ids=IMAGES)
def test_an_images_version_comes_from_its_tag(image: str, expected: str | None) -> None:
    """Ports, digests and the suffix of a fork do not count."""
    parsed = image_version(image)

    assert expected == (str(parsed) if parsed else None)


@pytest.mark.parametrize(
    ("first", "last", "inside", "outside", "text"),
    [
        ("2.14.0", "2.16.1", ["2.15.3", "2.16.1"], ["2.13.9", "2.16.2", "2.14.0-rc.1"], "2.14.0 - 2.16.1"),
        ("2.17.0", "", ["2.17.0", "3.0.0"], ["2.16.1", "2.17.0-rc.1"], ">= 2.17.0"),
        ("", "2.1.0", ["1.0.0", "2.1.0"], ["2.1.1"], "<= 2.1.0"),
        ("2.5.0", "2.5.0", ["2.5.0"], ["2.4.1", "2.5.1"], "2.5.0"),
        ("", "", ["1.0.0", "9.9.9"], [], "all"),
    ],
    ids=["closed", "without a last release", "without a first release", "one release", "all"],
)  # fmt: skip
def test_a_range_includes_both_ends(
    first: str, last: str, inside: list[str], outside: list[str], text: str
) -> None:
    """Its text is what people write."""
    versions = Versions(first, last)

    assert text == str(versions)
    assert inside == [
        release for release in (*inside, *outside) if (known := version(release)) and versions.has(known)
    ]
