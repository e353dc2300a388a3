"""What the program knows about the pipelines API, compared with what a real server and real clients say."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from kubectl_kfaccess.kubeflow.catalogue.pipelines_releases import holds_in, known_release
from kubectl_kfaccess.kubeflow.catalogue.service_calls import CALLS
from tests.running import run

FACTS = Path(__file__).parent / "facts"
ROLES = ("allowed", "denied", "nobody")
NOT_IMPLEMENTED = "501"


class Fact(NamedTuple):
    """What a call did: its *review* without *count* ("" for none), and the status without any permission."""

    review: str
    named: bool
    count: int
    denied: int
    nobody: int


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a file of facts by column."""
    text = (FACTS / name).read_text(encoding="utf-8")
    return list(csv.DictReader((line for line in text.splitlines() if line[0] != "#"), delimiter="\t"))


def template(path: str) -> str:
    """Return a path with each parameter, and each example of one, as `{}`."""
    return re.sub(r"\{[^}]*\}|(?<=/nodes/)n1|(?<=/artifacts/)a1", "{}", path)


def own_name(call: str) -> str:
    """Return a call without its service: reading artifacts moved to another one in 2.15."""
    return call.partition(".")[2]


def observed(release: str) -> dict[tuple[str, str, str, str], Fact]:
    """Return what the real server did, by call, method, path and review; calls it lacks are left out."""
    facts = {}
    for row in rows(f"kfp-{release}.tsv"):
        review, _, flags = row["review"].partition(" namespace=")
        denied, nobody = row["denied"], row["nobody"]
        if row["status: allowed"] == NOT_IMPLEMENTED:
            continue
        review = "" if review == "-" else f"{review} {flags.startswith('yes')}"
        key = (own_name(row["call"].removesuffix("(v1)")), row["method"], template(row["path"]), review)
        facts[key] = Fact(review, flags.endswith("name=yes"), int(row["reviews"]), int(denied), int(nobody))
    return facts


def variants(item: dict[str, Any]) -> dict[str, int]:
    """Return the variants of a call that were asked, with how many of *each* their requests contain."""
    if item["each"] or item["name"].endswith("ReportRunMetricsV1"):
        return {"": 1, "[3 metrics]": 3, "[0 metrics]": 0}
    if item["name"] == "AuthService.AuthorizeV1":
        return {f"[{item['verb'].upper()}]": 1}
    if item["name"] in ("RunService.ListRuns", "RunService.ListRunsV1"):
        return {"": 1, "[experiment]": 1}
    return {"": 1}


def expected(release: str) -> dict[tuple[str, str, str, str], Fact]:
    """Return what `resources --calls` says that the server does, in the form of `observed`."""
    facts = {}
    for item in run("resources", "--calls", "--kfp-version", release, "-o", "json").json["items"]:
        if item["service"] != "ml-pipeline" or item["deniedStatus"] == 404:
            continue
        for variant, amount in variants(item).items():
            count = item["reviews"] * (amount if item["each"] else 1)
            name = f"{item['resource']}.{item['group']}" if item["group"] else item["resource"]
            review = f"{item['verb']} {name} {item['namespaced']}" if count else ""
            key = (own_name(item["name"]) + variant, item["method"], template(item["path"]), review)
            facts[key] = Fact(review, bool(count) and item["named"], count, *refusals(item, count))
    return facts


def refusals(item: dict[str, Any], count: int) -> tuple[int, int]:
    """Return the HTTP statuses of a caller without permission, and of one that no header names."""
    status = item["deniedStatus"]
    if item["refuses"] == "everybody":
        return status, status
    if not count:
        return 200, 200
    return status, 401 if status == 403 else status


@pytest.mark.parametrize("release", ["2.14.4", "2.17.0"])
def test_a_real_server_does_what_the_table_says(release: str) -> None:
    """Each call, its review, how often it is sent, and its refusals: nothing is missing on either side."""
    assert expected(release) == observed(release)


@pytest.mark.parametrize("release", ["2.14.4", "2.17.0"])
def test_the_facts_are_complete(release: str) -> None:
    """A file that lost its rows would agree with a table that lost the same rows."""
    assert len(rows(f"kfp-{release}.tsv")) == 88


DESCRIBED = [
    (row["method"], row["path"], release)
    for row in rows("kfp-server-api.tsv")
    for release in row["releases"].split(",")
]


def test_the_list_of_calls_is_of_at_least_nine_releases() -> None:
    """From 1.8 to the newest package; each has at least 30 calls."""
    releases = [release for _, _, release in DESCRIBED]

    assert len(set(releases)) >= 9
    assert all(releases.count(release) >= 30 for release in releases)


@pytest.mark.parametrize("release", sorted({release for _, _, release in DESCRIBED}))
def test_every_described_call_is_known(release: str) -> None:
    """A call that a client of that release can make has a row, with the same method and path."""
    known = known_release(release)
    calls = {(call.method, template(call.path)) for call in CALLS if holds_in(call, known)}
    described = {(method, template(path)) for method, path, other in DESCRIBED if other == release}

    assert set() == described - calls


@pytest.mark.parametrize("release", sorted({release for _, _, release in DESCRIBED}))
def test_no_call_of_the_described_api_is_made_up(release: str) -> None:
    """Of the version of the API that the package describes, the table has no other calls."""
    api = "/apis/v1beta1/" if release.startswith("1.") else "/apis/v2beta1/"
    known = known_release(release)
    calls = {
        (call.method, template(call.path))
        for call in CALLS
        if call.path.startswith(api) and holds_in(call, known)
    }
    described = {(method, template(path)) for method, path, other in DESCRIBED if other == release}

    assert BEYOND_THE_DESCRIPTION >= calls - described


BEYOND_THE_DESCRIPTION = {
    ("GET", "/apis/v1beta1/auth"),
    ("POST", "/apis/v1beta1/visualizations/{}"),
    ("POST", "/apis/v1beta1/workflows"),
    ("POST", "/apis/v1beta1/scheduledworkflows"),
    ("GET", "/apis/v2beta1/runs/{}/nodes/{}/artifacts/{}:read"),
}
"""Served, and in no package: 1.8 describes none of the first four, and 2.15 and later not the last."""
