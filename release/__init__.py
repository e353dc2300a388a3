"""The parts of a release, and how they are built, for `make dist` and the release workflow."""
