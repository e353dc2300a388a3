"""
The bill of materials of a wheel or an archive: CycloneDX 1.6, the same bytes for the same artefact.

An archive's bill names what the archive contains: Python, packages, and shared libraries. A wheel contains
none of what it requires; its bill names the packages, in the versions that the release was tested with.
"""

from __future__ import annotations

import platform
import re
import ssl
from collections.abc import Iterable, Iterator, Mapping, Set
from datetime import datetime, timezone
from importlib.metadata import Distribution
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.contrib.this.builders import this_component
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import License
from cyclonedx.model.tool import ToolRepository
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL
from packaging.utils import canonicalize_name

from kubectl_kfaccess import __version__
from release.archive import sha256
from release.contents import contents_of
from release.project import PROGRAM, epoch
from release.requirements import Locked, locked, own_requirements, required_packages, requirements_of

ENDING = ".cdx.json"
SUFFIX_OF_WHEELS = ".whl"
BOOTLOADER = "pyinstaller"  # its start-up code is in every archive
IN_THE_ARCHIVE = "The archive contains all of the components."
BESIDE_THE_WHEEL = "The wheel contains none of the components; pip installs them, perhaps in other versions."


def write_bill(artefact: Path) -> Path:
    """Write the bill of a wheel, or of an archive that this Python built, beside it; return its path."""
    bill = artefact.with_name(artefact.name + ENDING)
    is_wheel = artefact.suffix == SUFFIX_OF_WHEELS
    bom = _of_the_wheel(artefact) if is_wheel else _of_the_archive(artefact)
    output = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6)
    bill.write_text(output.output_as_string(indent=2) + "\n", encoding="utf-8")
    return bill


def _of_the_wheel(wheel: Path) -> Bom:
    packages = required_packages()
    bom = _empty(wheel, BESIDE_THE_WHEEL)
    _add(bom, _components(packages), packages)
    return bom


def _of_the_archive(archive: Path) -> Bom:
    contents = contents_of(archive)
    bom = _empty(archive, IN_THE_ARCHIVE)
    libraries = [_file(name, checksum) for name, checksum in contents.libraries]
    _add(bom, [*_components(contents.packages), _bootloader(), *_python(), *libraries], contents.packages)
    return bom


def _empty(artefact: Path, description: str) -> Bom:
    """Return a bill without components, whose date and serial number depend only on the artefact."""
    checksum = sha256(artefact)
    subject = Component(
        name=artefact.name,
        version=__version__,
        type=ComponentType.APPLICATION,
        bom_ref=PROGRAM,
        description=description,
        purl=PackageURL("pypi", name=PROGRAM, version=__version__),
        licenses=[LicenseFactory().make_with_id("Apache-2.0")],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=checksum)],
    )
    metadata = BomMetaData(
        component=subject,
        tools=ToolRepository(components=[this_component()]),
        timestamp=datetime.fromtimestamp(epoch(), timezone.utc),
    )
    return Bom(metadata=metadata, serial_number=uuid5(NAMESPACE_URL, f"sha256:{checksum}"))


def _add(bom: Bom, components: Iterable[Component], packages: Iterable[Distribution]) -> None:
    """Add components to a bill, and which of them require which others."""
    by_name = {component.name: component for component in components}
    for component in by_name.values():
        bom.components.add(component)
    indirect = set[str]()
    for package in packages:
        names = {canonicalize_name(requirement.name) for requirement in requirements_of(package)}
        bom.register_dependency(by_name[canonicalize_name(package.name)], _named(names, by_name))
        indirect |= names
    own = {canonicalize_name(requirement.name) for requirement in own_requirements()}
    if subject := bom.metadata.component:
        bom.register_dependency(subject, _named(by_name.keys() - (indirect - own), by_name))


def _named(names: Set[str], components: Mapping[str, Component]) -> list[Component]:
    """Return the components that *names* name, sorted."""
    return [components[name] for name in sorted(names & components.keys())]


def _components(packages: Iterable[Distribution]) -> Iterator[Component]:
    """Yield the component of each package; raises ValueError for another version than the locked."""
    lock = locked()
    for package in packages:
        name = canonicalize_name(package.name)
        if name not in lock or lock[name].version != package.version:
            raise ValueError(
                f"`{name}` {package.version} is not the locked version: install release/requirements.txt"
            )
        yield _component(name, lock[name], licence_of(package))


def _component(name: str, entry: Locked, licence: str) -> Component:
    """Return the component of a package, with the checksums of its files in the lock."""
    purl = PackageURL("pypi", name=name, version=entry.version)
    files = ExternalReference(
        type=ExternalReferenceType.DISTRIBUTION,
        url=XsUri(str(purl)),
        comment="the checksums of all files in the lock: one of them is installed",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=each) for each in entry.checksums],
    )
    return Component(
        name=name,
        version=entry.version,
        bom_ref=str(purl),
        purl=purl,
        licenses=_licences(licence),
        external_references=[files],
    )


def licence_of(package: Distribution) -> str:
    """Return the licence in a package's metadata: an SPDX expression, or else words; "" if there is none."""
    metadata = package.metadata
    expressions, words = metadata.get_all("License-Expression") or [], metadata.get_all("License") or []
    classifiers = [each for each in metadata.get_all("Classifier") or [] if each.startswith("License ::")]
    short = [each for each in (*expressions, *words) if each and "\n" not in each]  # not a whole licence
    return short[0] if short else " AND ".join(each.rpartition(" :: ")[2] for each in classifiers)


def _licences(licence: str) -> list[License]:
    return [LicenseFactory().make_from_string(licence)] if licence else []


def _bootloader() -> Component:
    """Return the component of the code that starts the program and finds its modules."""
    return _component(BOOTLOADER, locked()[BOOTLOADER], "GPL-2.0-or-later WITH Bootloader-exception")


def _python() -> Iterator[Component]:
    """Yield the Python that the archive contains, and the TLS library that it was built with."""
    python = platform.python_version()
    yield Component(
        name="python",
        version=python,
        type=ComponentType.PLATFORM,
        bom_ref=f"python@{python}",
        cpe=f"cpe:2.3:a:python:python:{python}:*:*:*:*:*:*:*",
        licenses=[LicenseFactory().make_with_id("PSF-2.0")],
    )
    if match := re.match(r"OpenSSL (\S+)", ssl.OPENSSL_VERSION):
        yield Component(
            name="openssl",
            version=match[1],
            bom_ref=f"openssl@{match[1]}",
            cpe=f"cpe:2.3:a:openssl:openssl:{match[1]}:*:*:*:*:*:*:*",
        )


def _file(name: str, checksum: str) -> Component:
    """Return the component of a shared library, of which only the bytes are known."""
    return Component(
        name=name,
        type=ComponentType.FILE,
        bom_ref=f"file:{name}",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=checksum)],
    )
