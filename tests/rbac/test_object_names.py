"""Which objects have a name that is looked for."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.rbac.object_names import MESH_CONFIG, PROFILES_CONFIG, Ending, ObjectName


@pytest.mark.parametrize(
    ("namespace", "name", "expected"),
    [
        ("kubeflow", "profiles-config", True),
        ("kubeflow", "profiles-config-46c7tgh6fd", True),  # the name in a rendered Kubeflow 1.10
        ("kubeflow", "profiles-config-", False),
        ("kubeflow", "profiles-config-46c7tgh6f", False),
        ("kubeflow", "profiles-config-46c7tgh6fdd", False),
        ("kubeflow", "profiles-config-46c7tgh6fD", False),
        ("kubeflow", "profiles-config-46c7tgh6f\u0661", False),
        ("kubeflow", "profiles-config\n", False),
        ("kubeflow", "x-profiles-config", False),
        ("kubeflow", "profiles-config46c7tgh6fd", False),
        ("team-a", "profiles-config", False),
    ],
)
def test_kustomizes_hash_can_follow_a_name(namespace: str, name: str, expected: bool) -> None:
    """It is `-` and ten letters or digits, and nothing else."""
    assert expected == PROFILES_CONFIG.fits(namespace, name)


def test_a_name_without_ending_is_the_whole_name() -> None:
    """`istio-canary` is of another revision, which has policies of its own."""
    assert MESH_CONFIG.fits("istio-system", "istio")
    assert not MESH_CONFIG.fits("istio-system", "istio-canary")
    assert not MESH_CONFIG.fits("istio-system", "istia")


def test_a_name_is_no_pattern() -> None:
    """A dot in it is a dot. Without a namespace, it is that object in any namespace."""
    dotted = ObjectName("a.b", ending=Ending.ANYTHING)

    assert dotted.fits("x", "a.b.c")
    assert dotted.fits("y", "a.b")
    assert not dotted.fits("x", "aXb")
