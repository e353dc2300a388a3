"""`python -m tests.truth [VERSION…]`: the truth tests at full size on every Kubernetes version."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys

from tests.controlplane.versions import server_versions

TESTS = ("tests/truth", "tests/conformance", "tests/demo", "tests/live")
DECISIONS = 252_000  # for each version: a million for all four
WORLDS = 600
CHANGED_WORLDS = 25
SCOPE_REVIEWS = 10_000


def main() -> int:
    """Run the tests once for each version, and return how many versions failed."""
    failed = 0
    for version in sys.argv[1:] or server_versions():
        seed = os.environ.get("KFACCESS_SEED") or str(secrets.randbelow(10**9))
        print(f"Kubernetes {version}, seed {seed}", flush=True)
        sizes = {
            "KFACCESS_WORLDS": str(WORLDS),
            "KFACCESS_DECISIONS": str(DECISIONS),
            "KFACCESS_CHANGED_WORLDS": str(CHANGED_WORLDS),
            "KFACCESS_SCOPE_REVIEWS": str(SCOPE_REVIEWS),
        }
        environ = {**sizes, **os.environ, "KFACCESS_SEED": seed, "KFACCESS_KUBERNETES_VERSION": version}
        failed += bool(subprocess.call([sys.executable, "-m", "pytest", "-q", *TESTS], env=environ))
    return failed


if __name__ == "__main__":
    sys.exit(main())
