"""Names that Kubeflow gives: to what its profile controller makes in every profile, and to roles' labels."""

from __future__ import annotations

EDITOR = "default-editor"
"""The account that notebooks and pipelines run as."""

VIEWER = "default-viewer"

OWNERS_BINDING = "namespaceAdmin"
"""The RoleBinding that the profile controller writes for the owner."""

OWNERS_POLICY = "ns-owner-access-istio"
"""The AuthorizationPolicy that the profile controller writes for the owner."""

AGGREGATION = "rbac.authorization.kubeflow.org/"
"""What the labels begin with by which Kubeflow's parts bring their rules into its roles."""
