"""The value that `can-apply` answers with."""

from __future__ import annotations

from msgspec import Struct

from kubectl_kfaccess.fixes.bundle_fix import BundleFix
from kubectl_kfaccess.rbac.bundle import Outcome
from kubectl_kfaccess.rbac.evaluator import Verdict, worst
from kubectl_kfaccess.rbac.known_subjects import KnownSubject
from kubectl_kfaccess.rbac.ways import Way


class CanApply(Struct, frozen=True):
    """What becomes of each object that *who* applies, in the order of the bundle, and what would help."""

    who: KnownSubject
    way: Way
    outcomes: tuple[Outcome, ...]
    fix: BundleFix | None = None

    @property
    def verdict(self) -> Verdict:
        """Return whether all objects can be applied."""
        return worst(outcome.verdict for outcome in self.outcomes)

    def of(self, verdict: Verdict) -> tuple[Outcome, ...]:
        """Return the objects with this verdict."""
        return tuple(outcome for outcome in self.outcomes if outcome.verdict is verdict)
