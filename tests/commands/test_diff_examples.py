"""`diff` with the files in `examples`, which its help and the documentation name."""

from __future__ import annotations

from pathlib import Path

from tests.commands.test_diff import ZOE, diff, direct_summary, who
from tests.running import REPOSITORY, run


def test_the_demo_is_the_state_after_if_it_takes_the_clusters_place() -> None:
    """As the example of the help has it: somebody had a binding yesterday."""
    result = diff("examples/yesterday.json.gz", cwd=REPOSITORY)

    assert ("examples/yesterday.json.gz", "demo") == (result.json["from"], result.json["to"])
    assert [{ZOE: ["team-a"]}] == [who(item) for item in result.json["items"]]
    assert {"lose": 1, "gain": 0, "maybe": 0, "crossTenant": 0} == direct_summary(result.json)


def test_the_snapshot_of_the_example_is_what_the_command_writes(tmp_path: Path) -> None:
    """But for its time: if this fails, write it again with the command below."""
    again = str(tmp_path / "yesterday.json.gz")
    run("snapshot", again, "--demo", "--with", "examples/new-binding.yaml", cwd=REPOSITORY)

    result = run("diff", again, "examples/yesterday.json.gz", "-o", "json", cwd=REPOSITORY)
    assert ([], []) == (result.json["items"], result.json["roles"])


def test_a_snapshot_cannot_be_applied() -> None:
    """It is a state, and the hint says how to compare it."""
    result = run("diff", "-f", "examples/yesterday.json.gz", "--demo", cwd=REPOSITORY)

    assert 2 == result.status
    assert "is a snapshot" in result.stderr
    assert "diff examples/yesterday.json.gz" in result.stderr
