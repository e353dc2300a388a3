"""
How to hand a profile over to another owner, for the findings that this fixes.

The order of the steps follows from profile_controller.go of kubeflow/kubeflow v1.10.
"""

from __future__ import annotations

HAND_OVER = (
    "set the annotation of the namespace first, because the profile controller stops if it is not the"
    " Profile's owner: `kubectl annotate namespace PROFILE owner=NEW --overwrite`. Then set `spec.owner` of"
    " the Profile: `kubectl patch profiles.kubeflow.org PROFILE --type=merge -p"
    """ '{"spec": {"owner": {"name": "NEW"}}}'`. The controller does not correct the annotations of"""
    " `namespaceAdmin`: delete that binding, and the controller creates it again."
)
