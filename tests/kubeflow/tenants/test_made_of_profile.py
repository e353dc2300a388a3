"""What counts as made of a Profile, beside what Kubeflow's own controller made (1.10)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.kubeflow.catalogue.names import EDITOR, OWNERS_BINDING, OWNERS_POLICY, VIEWER
from kubectl_kfaccess.kubeflow.tenants.personas import made_of_profile
from kubectl_kfaccess.sources.files.files import FilesSource
from kubectl_kfaccess.sources.source import Wanted

PROFILES = ("alice", "bob", "ml-team", "robot")
MADE = {
    "Namespace": None,
    "ServiceAccount": (EDITOR, VIEWER),
    "RoleBinding": (EDITOR, VIEWER, OWNERS_BINDING),
    "AuthorizationPolicy": (OWNERS_POLICY,),
}
"""The names of what the controller makes in a profile, by kind; the other objects are the dashboard's."""


def essence(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return what decides on access: an object without its version, owner references and other labels."""
    kept = {key: manifest[key] for key in ("roleRef", "spec") if key in manifest}
    subjects = [{k: v for k, v in each.items() if v} for each in manifest.get("subjects", ())]
    labels = manifest["metadata"].get("labels", {}) if manifest["kind"] == "Namespace" else {}
    deciding = {key: labels[key] for key in ("app.kubernetes.io/part-of", "istio-injection") if key in labels}
    return {
        "annotations": manifest["metadata"].get("annotations", {}),
        **kept,
        "subjects": subjects,
        "labels": deciding,
    }


@pytest.mark.parametrize("name", PROFILES)
def test_the_controller_made_the_same_objects(name: str, corpus: Path) -> None:
    """Object by object, for an owner who is a user, a group and a service account."""
    text = (corpus / "profiles-v1.10.yaml").read_text(encoding="utf-8")
    real = {
        (each["kind"], each["metadata"]["name"]): essence(each)
        for each in yaml.load_all(text, yaml.CSafeLoader)
        if each and each["kind"] in MADE
        if each["metadata"].get("namespace", each["metadata"]["name"]) == name
        if MADE[each["kind"]] is None or each["metadata"]["name"] in (MADE[each["kind"]] or ())
    }
    files = (str(corpus / "kubeflow-v1.10-rbac.yaml"), str(corpus / "profiles-v1.10.yaml"))
    snapshot = FilesSource(files, Environment.actual()).read(Wanted(("profiles",)))
    owner = snapshot.profiles["", name].owner
    assert owner

    ours = {
        (each["kind"], each["metadata"]["name"]): essence(each)
        for each in made_of_profile(name, owner, snapshot)
    }
    assert real.keys() == ours.keys()
    assert real == ours
