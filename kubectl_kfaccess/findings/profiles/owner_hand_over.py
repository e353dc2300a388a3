"""
How to hand a profile over to another owner, for the findings that are fixed by it.

What the profile controller does is in profile_controller.go of kubeflow/kubeflow v1.10.
"""

from __future__ import annotations

HAND_OVER = (
    "set the annotation of the namespace first, for the profile controller stops where it is not the"
    " Profile's owner: `kubectl annotate namespace PROFILE owner=NEW --overwrite`. Then set `spec.owner` of"
    " the Profile: `kubectl patch profiles.kubeflow.org PROFILE --type=merge -p"
    """ '{"spec": {"owner": {"name": "NEW"}}}'`. Annotations of `namespaceAdmin` are not mended by the"""
    " controller: delete that binding, it is made again."
)
