"""Versions as releases are tagged, and the ranges they are in."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.kubeflow.versions import Versions, of_image, version

# As they came out
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


def test_versions_are_in_the_order_in_which_they_came_out() -> None:
    """A release comes after everything that led to it, and numbers are numbers."""
    found = [version(text) for text in reversed(IN_ORDER)]

    assert IN_ORDER == [str(one) for one in sorted(one for one in found if one)]


@pytest.mark.parametrize("text", ["", "2", "2.5", "2.5.0.1", "latest", "2.5.0-", "2.5.x", "٢.٥.٠", "2.5.0 "])
def test_what_is_no_version_is_none(text: str) -> None:
    """A tag may be anything."""
    assert version(text) is None


@pytest.mark.parametrize(("image", "expected"), IMAGES.items(), ids=IMAGES)
def test_the_version_of_an_image_is_that_of_its_tag(image: str, expected: str | None) -> None:
    """Ports, digests and what a fork adds are no part of it."""
    found = of_image(image)

    assert expected == (str(found) if found else None)


@pytest.mark.parametrize(
    ("first", "last", "inside", "outside", "text"),
    [
        ("2.14.0", "2.16.1", ["2.15.3", "2.16.1"], ["2.13.9", "2.16.2", "2.14.0-rc.1"], "2.14.0 - 2.16.1"),
        ("2.17.0", "", ["2.17.0", "3.0.0"], ["2.16.1", "2.17.0-rc.1"], ">= 2.17.0"),
        ("", "2.1.0", ["1.0.0", "2.1.0"], ["2.1.1"], "<= 2.1.0"),
        ("2.5.0", "2.5.0", ["2.5.0"], ["2.4.1", "2.5.1"], "2.5.0"),
        ("", "", ["1.0.0", "9.9.9"], [], "all"),
    ],
    ids=["closed", "without an end", "without a beginning", "one", "all"],
)  # fmt: skip
def test_a_range_has_both_its_ends(
    first: str, last: str, inside: list[str], outside: list[str], text: str
) -> None:
    """And is written as people write it."""
    found = Versions(first, last)

    assert text == str(found)
    assert inside == [one for one in (*inside, *outside) if (known := version(one)) and found.has(known)]
