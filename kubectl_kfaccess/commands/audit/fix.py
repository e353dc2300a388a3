"""What closes the ways, as YAML to apply: bindings that keep all others, and deletions as comments."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.commands.audit.audit import Audit, key_of
from kubectl_kfaccess.commands.audit.way_words import stop_command, title_of
from kubectl_kfaccess.findings.finding import Finding
from kubectl_kfaccess.findings.isolation.verdicts import is_way
from kubectl_kfaccess.findings.removal import Removal
from kubectl_kfaccess.fixes.stops import kept_manifest
from kubectl_kfaccess.output.blocks import Code
from kubectl_kfaccess.output.yaml_text import manifests_text
from kubectl_kfaccess.terminal.safe_text import line


def has_fix(value: Audit) -> bool:
    """Return whether anything is known that closes a way."""
    return any(value.stop_of(finding) for finding in _ways(value))


def fix_code(value: Audit) -> Code:
    """Return the YAML; each removal is there once, below the ways that it helps to close."""
    titles: dict[Removal, list[str]] = {}
    for finding in _ways(value):
        for removal in value.stop_of(finding):
            titles.setdefault(removal, []).append(title_of(finding, value.ways_by_key.get(key_of(finding))))
    return Code(tuple(_pieces(value, titles)), "yaml")


def _ways(value: Audit) -> Iterator[Finding]:
    return (finding for finding in value.kept if is_way(finding) and not finding.accepted)


def _pieces(value: Audit, titles: dict[Removal, list[str]]) -> Iterator[str]:
    for removal, texts in titles.items():
        yield from (f"# {line(text)}\n" for text in dict.fromkeys(texts))
        manifest = kept_manifest(value.view.snapshot, removal)
        yield manifests_text([manifest]) if manifest else f"# {line(stop_command(removal))}\n"
