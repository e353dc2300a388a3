"""Every sort of finding that there is, by the command that finds it."""

from __future__ import annotations

from kubectl_kfaccess.findings.aggregation import view as aggregation
from kubectl_kfaccess.findings.finding import FindingType
from kubectl_kfaccess.findings.pipelines import view as pipelines
from kubectl_kfaccess.findings.profiles import owner_hand_over

BY_COMMAND: dict[str, tuple[FindingType, ...]] = {
    "check": pipelines.TYPES,
    "aggregation": aggregation.TYPES,
    "profiles": owner_hand_over.TYPES,
}
