"""What the server's word is worth while a bundle is applied: it speaks of the cluster before the bundle."""

from __future__ import annotations

from typing import Any, cast

import pytest

from kubectl_kfaccess.rbac.bundle_cluster import BundleCluster
from kubectl_kfaccess.rbac.bundle_judge import RulesJudge
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.rbac.known_subjects import caller, identified
from kubectl_kfaccess.rbac.model import PolicyRule, Subject
from kubectl_kfaccess.rbac.role_writes import EscalationCheck
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.sources.cluster.access_reviews import Reply, RulesReply
from kubectl_kfaccess.verify.bundle_judge import ServerJudge
from tests.builders import gap, rule, snapshot
from tests.callers import FakeReviewer

CI = "ci@example.com"
NS = "team-a"
CREATE = Request("create", "", "configmaps", "", "", NS)
ESCALATE = Request("escalate", "rbac.authorization.k8s.io", "roles", "", "r", NS)
READ_SECRETS = rule("get", "secrets")
UNREAD = snapshot(gaps=(gap("rolebindings"), gap("clusterrolebindings")))
YES, NO, UNKNOWN = Verdict.ALLOWED, Verdict.DENIED, Verdict.UNKNOWN


def judge(allowed: bool | None, rules: RulesReply | None = None, *, is_caller: bool = True) -> ServerJudge:
    """Return the judge of a user who is *allowed* things by the server, with the *rules* that it lists."""
    reviewer = FakeReviewer(CI, decide=lambda _: Reply(allowed, "", "" if allowed is not None else "timeout"))
    reviewer.rules = lambda namespaces: [rules or RulesReply(problem="none")] * len(namespaces)  # type: ignore[method-assign]
    who = caller(CI, ()) if is_caller else identified(Subject("User", CI))
    return ServerJudge(RulesJudge(who), cast("Any", reviewer))


def cluster(*, added: tuple[PolicyRule, ...] | None = (), removes: bool = False) -> BundleCluster:
    """Return a cluster whose bindings nobody has read, after the bundle has granted or taken something."""
    return BundleCluster(UNREAD, {NS: True}, added=added, removes=removes)


@pytest.mark.parametrize(
    ("allowed", "now", "expected"),
    [
        (True, cluster(), YES),
        (True, cluster(added=None), YES),
        (True, cluster(removes=True), UNKNOWN),
        (False, cluster(), NO),
        (False, cluster(removes=True), NO),
        (False, cluster(added=(rule("create", "configmaps"),)), UNKNOWN),
        (False, cluster(added=(READ_SECRETS,)), NO),
        (False, cluster(added=None), UNKNOWN),
        (None, cluster(), UNKNOWN),
    ],
    ids=[
        "yes",
        "yes, whatever was granted",
        "yes, but something was taken",
        "no",
        "no, and something was taken",
        "no, but it was granted",
        "no, and something else was granted",
        "no, but anything may be granted",
        "no answer",
    ],
)
def test_the_servers_word_counts_as_long_as_it_holds(
    allowed: bool | None, now: BundleCluster, expected: Verdict
) -> None:
    """A grant of the bundle can turn a no into a yes, a deletion a yes into a no."""
    assert expected is judge(allowed).need(now, CREATE).verdict


def check(*, is_open: bool = False) -> EscalationCheck:
    """Return the check of a Role that grants to read secrets."""
    return EscalationCheck(ESCALATE, (READ_SECRETS,), NS, is_open=is_open)


@pytest.mark.parametrize(
    ("rules", "now", "expected"),
    [
        (RulesReply((READ_SECRETS,), incomplete=False), cluster(), YES),
        (RulesReply((READ_SECRETS,), incomplete=False), cluster(removes=True), UNKNOWN),
        (RulesReply((), incomplete=False), cluster(), NO),
        (RulesReply((), incomplete=True), cluster(), UNKNOWN),
        (RulesReply((), incomplete=False), cluster(added=None), UNKNOWN),
        (RulesReply((), incomplete=False), cluster(added=(READ_SECRETS,)), UNKNOWN),
        (RulesReply(problem="forbidden"), cluster(), UNKNOWN),
    ],
    ids=["held", "held before", "lacking", "not all listed", "anything granted", "granted", "no list"],
)
def test_the_rules_that_the_server_lists_decide_on_a_check(
    rules: RulesReply, now: BundleCluster, expected: Verdict
) -> None:
    """The server says that the caller cannot escalate; what they hold is in its list of their rules."""
    assert expected is judge(False, rules).escalation(now, check()).verdict


def test_the_list_of_rules_is_the_callers_alone() -> None:
    """About another user the check stays open."""
    rules = RulesReply((READ_SECRETS,), incomplete=False)

    assert UNKNOWN is judge(False, rules, is_caller=False).escalation(cluster(), check()).verdict


def test_a_check_of_an_unknown_role_passes_by_its_exemption_alone() -> None:
    """Who can escalate needs no rules."""
    rules = RulesReply((READ_SECRETS,), incomplete=False)

    assert YES is judge(True, rules).escalation(cluster(), check(is_open=True)).verdict
    assert UNKNOWN is judge(False, rules).escalation(cluster(), check(is_open=True)).verdict
