"""The value that `access` answers with: what a subject can do in each place."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.commands.access.indirect import Indirect
from kubectl_kfaccess.kubeflow.planes.mesh.reach import Reach
from kubectl_kfaccess.kubeflow.planes.mesh.settings import MeshSettings
from kubectl_kfaccess.kubeflow.tenants.likely_namespace import LikelyNamespace
from kubectl_kfaccess.kubeflow.tenants.standings import Standing
from kubectl_kfaccess.rbac.access_grid import Cell, GridResource
from kubectl_kfaccess.rbac.known_subjects import KnownSubject
from kubectl_kfaccess.verify.server_verdicts import VerificationResult


class Place(Struct, frozen=True):
    """The cells of one namespace; the namespace "" stands for the whole cluster."""

    namespace: str
    cells: tuple[Cell, ...]


class Access(Struct, frozen=True):
    """
    What *who* can do with *resources* in each place.

    *mesh* says by namespace whether the mesh lets the subject in, and *settings* how the mesh knows users;
    without `-o wide` they are empty and None.
    *verified* is what the server says of the cells, None if it was not asked. *standings* are what the
    subject is to each place where anything is granted. *tried* are namespaces that are probably the caller's,
    if none can be listed. *indirect* is what they can do by steps, None if that was not asked for; then
    *has_more_by_steps* says whether there is anything.
    """

    who: KnownSubject
    resources: tuple[GridResource, ...]
    places: tuple[Place, ...]
    mesh: Mapping[str, Reach]
    settings: MeshSettings | None
    verified: VerificationResult | None
    standings: Mapping[str, Standing]
    tried: tuple[LikelyNamespace, ...] = ()
    indirect: Indirect | None = None
    has_more_by_steps: bool = False

    def with_steps(self) -> Access:
        """Return the same with the verbs in its cells that proved steps allow."""
        indirect = self.indirect
        if indirect is None:
            return self
        places = (Place(each.namespace, tuple(map(indirect.with_steps, each.cells))) for each in self.places)
        return replace(self, places=tuple(places))
