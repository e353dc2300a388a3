"""Compared with the real kubectl: what we read from kubeconfig files, generated and unusual ones."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from kubectl_kfaccess.sources.kubeconfig.connection_flags import ConnectionFlags
from tests.sources.kubeconfig.config_view import kubectl_view, our_view
from tests.sources.kubeconfig.generated_files import Files
from tests.sources.kubeconfig.real_kubectl import AT_ONCE, World

pytestmark = pytest.mark.server


@pytest.mark.parametrize("seed", range(20), ids=lambda seed: f"seed {seed}")
def test_reads_generated_files_as_kubectl_config_view(plane: Any, tmp_path: Path, seed: int) -> None:
    """Whatever the files are, we and kubectl get the same minified config, or both reject them."""
    print(f"seed {seed}")
    draw = random.Random(seed)
    worlds = [Files(draw, tmp_path / str(number)).world() for number in range(20)]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        expected = list(pool.map(lambda world: kubectl_view(plane.kubectl, world), worlds))

    assert expected == [our_view(world) for world in worlds]


CONTEXT = "current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\n"
CLUSTER = CONTEXT + "clusters: [{name: c, cluster: {server: https://x}}]\n"
EXTENSION = (
    CONTEXT + "clusters: [{name: c, cluster: {extensions: [{name: e, extension: %s}]}}]\nusers: [{name: u}]\n"
)
USER = CLUSTER + "users: [{name: u, user: {%s}}]\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("clusters: {}\n", id="a mapping for a list"),
        pytest.param("clusters: text\n", id="text for a list"),
        pytest.param("- a\n", id="a list as document"),
        pytest.param("text\n", id="text as document"),
        pytest.param("null\n", id="null as document"),
        pytest.param("kind: Pod\napiVersion: v1\n" + USER % "", id="another kind"),
        pytest.param("kind: Config\napiVersion: v2\n" + USER % "", id="another version"),
        pytest.param("kind: null\napiVersion:\n" + USER % "", id="null kind and version"),
        pytest.param("CURRENT-CONTEXT: a\nContexts: [{name: a}]\n", id="keys in capitals"),
        pytest.param("contexts:\n\t- name: a\n", id="tabs in block style"),
        pytest.param('{\t"current-context":\t"a",\n\t"contexts": [{"name": "a"}]}', id="tabs in JSON"),
        pytest.param("---\n---\n" + USER % "", id="an empty first document"),
        pytest.param(USER % "" + "---\n\tbroken: [\n", id="a broken second document"),
        pytest.param("\ufeff" + USER % "", id="a byte order mark"),
        pytest.param("contexts: [null, {name: a, context: null}]\ncurrent-context: a\n", id="null entries"),
        pytest.param("contexts: [{name: a}, {name: a}]\ncurrent-context: a\n", id="a name twice"),
        pytest.param("contexts: [{name: b}]\n" + CONTEXT, id="a key twice"),
        pytest.param("contexts: [{name: 12}]\ncurrent-context: '12'\n", id="a number as name"),
        pytest.param("contexts: [{name: '', context: {}}]\ncurrent-context: ''\n", id="an empty name"),
        pytest.param(USER % "token: y", id="y is a boolean"),
        pytest.param(USER % "token: 12e3", id="12e3 is a number"),
        pytest.param(USER % "token: 1_000", id="1_000 is a number"),
        pytest.param(USER % "token: 09", id="09 is a number"),
        pytest.param(USER % "token: 0x1f", id="0x1f is a number"),
        pytest.param(USER % "token: 0o17", id="0o17 is a number"),
        pytest.param(USER % "token: .5", id="a point and a digit are a number"),
        pytest.param(USER % "token: 1.", id="a digit and a point are a number"),
        pytest.param(USER % "token: +12", id="a plus sign is a number's"),
        pytest.param(USER % "token: 2024-01-01", id="a date is text"),
        pytest.param(USER % "token: 1:30", id="sixties are text"),
        pytest.param(USER % "token: 1.2.3", id="a version is text"),
        pytest.param(USER % "token: 0x", id="a bare prefix is text"),
        pytest.param(USER % "token: ~", id="a tilde is null"),
        pytest.param(USER % "token: '12'", id="a quoted number is text"),
        pytest.param(USER % "token: !!str 12", id="a number tagged as text"),
        pytest.param(USER % "token: !odd text", id="an unknown tag"),
        pytest.param(USER % "token: [a]", id="a list for text"),
        pytest.param(USER % "token: one, token: two", id="a field twice"),
        pytest.param(USER % "auth-provider: {name: x, config: {1: a, true: b, n: c}}", id="keys not text"),
        pytest.param(USER % "auth-provider: {name: x, config: {a: null}}", id="null in a map"),
        pytest.param(USER % "auth-provider: {}, exec: {}", id="empty structures"),
        pytest.param(USER % "exec: {args: [a, null], env: [null, {value: b}]}", id="null in lists"),
        pytest.param(USER % "as-groups: [], as-user-extra: {}", id="empty lists"),
        pytest.param(USER % "as-user-extra: {k: []}", id="an empty list in a map"),
        pytest.param("x: &x {token: t}\n" + USER % "<<: *x, username: bob", id="a merge key"),
        pytest.param(USER % "token: t, <<: [{token: u}, {token: v}]", id="a merge key behind its key"),
        pytest.param(USER % "client-key-data: aGVsbG8", id="base64 without padding"),
        pytest.param(USER % "client-key-data: a-_=", id="base64 for URLs"),
        pytest.param(USER % "client-key-data: aGVs bG8=", id="base64 with a space"),
        pytest.param(USER % "client-key-data: 'aGVs\n\n  bG8='", id="base64 with a line break"),
        pytest.param(USER % "client-key-data: aGVsbG9=", id="base64 with loose bits"),
        pytest.param(USER % "exec: {provideClusterInfo: yes}", id="yes is true"),
        pytest.param(USER % "exec: {provideClusterInfo: 'true'}", id="text for a boolean"),
        pytest.param(
            EXTENSION % "{a: 10, b: 1e3, c: on, d: ~, e: [0x1f, -.5, +1_000], f: 1:30}", id="an extension"
        ),
        pytest.param(EXTENSION % "null", id="an empty extension"),
    ],
)
def test_reads_yaml_as_kubectl(plane: Any, tmp_path: Path, text: str) -> None:
    """Unusual YAML is read or rejected as kubectl does."""
    (tmp_path / "config").write_bytes(text.encode())
    world = World(tmp_path, {"KUBECONFIG": "config"}, ConnectionFlags())

    assert kubectl_view(plane.kubectl, world) == our_view(world)
