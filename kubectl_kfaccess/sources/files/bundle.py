"""The objects of a bundle of manifests, of any kind, in the order in which kubectl would apply them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import UnreadableInput
from kubectl_kfaccess.rbac.manifests import Manifest
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.sources.files.document import Document
from kubectl_kfaccess.sources.files.documents import documents
from kubectl_kfaccess.sources.files.manifests import CRD, type_of_definition
from kubectl_kfaccess.sources.kinds import BY_KIND

_PLACE = re.compile(r"(.*?)(?::([0-9]+))?(?: item [0-9]+)*", re.DOTALL)


class BundleDocument(Struct, frozen=True):
    """
    An object as a file has it; *namespace* and *name* are "" if the file does not give them.

    *file* is `standard input` for `-`; *line* is None in JSON. *defines* is the type of a
    CustomResourceDefinition.
    """

    group: str
    version: str
    kind: str
    namespace: str
    name: str
    generate_name: str
    file: str
    line: int | None
    manifest: Manifest
    defines: ResourceType | None = None

    @property
    def api_version(self) -> str:
        """Return the apiVersion, `apps/v1`."""
        return f"{self.group}/{self.version}" if self.group else self.version


def read_bundle(
    paths: Sequence[str], env: Environment, *, recursive: bool = False
) -> tuple[BundleDocument, ...]:
    """
    Return the objects in *paths*: files, directories, `-` for standard input; those inside Lists too.

    Raises UnreadableInput if a file cannot be read or has no object, RefusedObject if a field of an object
    that decides on access has a wrong type.
    """
    read = tuple(_bundle_document(document) for document in documents(paths, env, recursive=recursive))
    if not read:
        raise UnreadableInput(f"no Kubernetes object in {', '.join(f'`{path}`' for path in paths)}")
    return read


def _bundle_document(document: Document) -> BundleDocument:
    head, part, manifest = document.head(), document.partial_metadata(), document.plain()
    group, kind = head.type
    if known := BY_KIND.get(head.type):
        document.to(known.struct)  # a server refuses it if that fails
    metadata = manifest.get("metadata")
    generated = metadata.get("generateName") if isinstance(metadata, dict) else ""
    place = _PLACE.fullmatch(document.where)
    file, line = place.groups() if place else (document.where, None)
    return BundleDocument(
        group,
        head.api_version.rpartition("/")[2],
        kind,
        part.namespace or "",
        part.name,
        generated if isinstance(generated, str) else "",
        file,
        int(line) if line else None,
        manifest,
        type_of_definition(document) if head.type == CRD else None,
    )
