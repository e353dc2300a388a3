"""Held against the real kubectl: what is read from kubeconfig files, and who the server says we are."""

from __future__ import annotations

import base64
import io
import json
import os
import random
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import pytest
import urllib3
import yaml

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import KfaccessError
from kubectl_kfaccess.sources.credentials import certificate_files, headers, impersonation_headers
from kubectl_kfaccess.sources.kubeconfig import Connection, Flags, load, minified

pytestmark = pytest.mark.server

ERROR = "error"
AT_ONCE = 4


@dataclass(frozen=True)
class World:
    """Files that were written, and how they are pointed at."""

    cwd: Path
    variables: dict[str, str]
    flags: Flags
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def environ(self) -> dict[str, str]:
        """The whole environment: nothing of this machine but PATH."""
        return {"PATH": os.environ["PATH"], "HOME": str(self.cwd / "home"), **self.variables}

    @property
    def env(self) -> Environment:
        """The environment as commands get it; stdin is no terminal."""
        return Environment(io.BytesIO(), io.StringIO(), io.StringIO(), self.environ, self.cwd)


def arguments(flags: Flags) -> list[str]:
    """The flags as words of a command line."""
    words: list[str] = []
    for each in fields(flags):
        value, name = getattr(flags, each.name), "--" + each.name.replace("_", "-").replace("as-user", "as")
        name = {"--as-groups": "--as-group", "--as-extra": "--as-user-extra"}.get(name, name)
        values = value if isinstance(value, tuple) else (value,)
        words += [f"{name}={str(one).lower() if isinstance(one, bool) else one}" for one in values if one]
    return words


def kubectl_says(kubectl: Path, world: World, *words: str) -> Any:
    """The JSON that kubectl prints, or ERROR."""
    command = [kubectl, *words, "-o", "json", *arguments(world.flags)]
    done = subprocess.run(command, cwd=world.cwd, env=world.environ, capture_output=True, timeout=60)
    return json.loads(done.stdout) if done.returncode == 0 else ERROR


# --- kubectl config view ----------------------------------------------------------------------------------


def view(kubectl: Path, world: World) -> Any:
    """What kubectl makes of the files."""
    return kubectl_says(kubectl, world, "config", "view", "--minify", "--raw", "--flatten")


def our_view(world: World) -> Any:
    """What we make of them."""
    try:
        return minified(world.flags, world.env)
    except KfaccessError:
        return ERROR


class Files:
    """Draws kubeconfig files."""

    names = ("one", "two", "three", "alice@example.com", "a b", "ü")

    def __init__(self, draw: random.Random, directory: Path) -> None:
        self.draw, self.directory = draw, directory
        directory.mkdir(parents=True)

    def chance(self, probability: float) -> bool:
        return self.draw.random() < probability

    def world(self) -> World:
        home = self.directory / "home" / ".kube"
        home.mkdir(parents=True)
        paths = [self.directory / f"d{n}" / "config" for n in range(self.draw.randint(1, 4))]
        paths += [home / "config"] if self.chance(0.5) else []
        for path in paths:
            self.write(path)
        return World(self.directory, self.variables(paths), self.flags(paths))

    def variables(self, paths: list[Path]) -> dict[str, str]:
        if self.chance(0.05):
            return {}
        listed = [self.spelled(path) for path in paths] + ["missing"] * self.chance(0.3)
        listed += [""] * self.chance(0.2) + self.draw.sample(listed, 1) * self.chance(0.4)
        self.draw.shuffle(listed)
        return {"KUBECONFIG": "" if self.chance(0.05) else os.pathsep.join(listed)}

    def spelled(self, path: Path) -> str:
        return str(path.relative_to(self.directory)) if self.chance(0.4) else str(path)

    def flags(self, paths: list[Path]) -> Flags:
        context = self.draw.choice((*self.names, "nope")) if self.chance(0.5) else ""
        explicit = ["missing"] if self.chance(0.1) else [self.spelled(path) for path in paths]
        kubeconfig = self.draw.choice(explicit) if self.chance(0.2) else ""
        return Flags(kubeconfig=kubeconfig, context=context)

    def write(self, path: Path) -> None:
        if self.chance(0.1):
            return
        path.parent.mkdir(exist_ok=True)
        for name in ("ca.crt", "tls.crt", "tls.key"):
            (path.parent / name).write_text(f"{name} beside {path}")
        text = self.spoiled() if self.chance(0.04) else self.text(path.parent)
        path.write_text(text)

    def spoiled(self) -> str:
        return self.draw.choice(
            (
                "clusters: {}",
                "users: [\n",
                "contexts:\n\t- name: one",
                "kind: Pod",
                "- one",
                "current-context: 1",
            )
        )

    def text(self, folder: Path) -> str:
        if self.chance(0.1):
            return self.draw.choice(("", "\n", "# nothing\n", "{}", "clusters: null\nusers:\ncontexts: []\n"))
        config = {
            "clusters": self.entries("cluster", lambda: self.cluster(folder)),
            "users": self.entries("user", lambda: self.user(folder)),
            "contexts": self.entries("context", self.context),
        }
        if self.chance(0.85):
            config["current-context"] = self.draw.choice(self.names[:3])
        config |= {"kind": "Config", "apiVersion": "v1"} if self.chance(0.7) else {}
        config |= self.some(
            0.15, {"preferences": {"colors": True}, "extensions": [self.extension()], "unknown": [1]}
        )
        return json.dumps(config, indent="\t") if self.chance(0.2) else yaml.safe_dump(config)

    def some(self, probability: float, of: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in of.items() if self.chance(probability)}

    def entries(self, key: str, make: Any) -> list[Any] | None:
        taken = self.draw.sample(self.names, self.draw.choice((0, 3, 5, 6, 6, 6, 6, 6)))
        taken += taken[:1] if self.chance(0.004) else []
        return [{"name": name, key: make()} for name in taken] or self.draw.choice(([], None))

    def extension(self) -> dict[str, Any]:
        value = self.draw.choice(({"audience": "x", "deep": [1, 2.5, None, True]}, None, "text", [], {}))
        return {"name": self.draw.choice(("client.authentication.k8s.io/exec", "other")), "extension": value}

    def context(self) -> dict[str, Any]:
        possible = {"cluster": self.draw.choice(self.names), "user": self.draw.choice(self.names)}
        return self.some(0.95, possible) | self.some(
            0.3, {"namespace": "team-a", "extensions": [self.extension()]}
        )

    def cluster(self, folder: Path) -> dict[str, Any]:
        possible = {
            "tls-server-name": "name",
            "insecure-skip-tls-verify": self.chance(0.5),
            "proxy-url": "http://proxy",
            "disable-compression": True,
            "extensions": [self.extension()],
            "unknown": {"a": 1},
        }
        server = {"server": f"https://{self.draw.randint(1, 99)}"}
        return server | self.some(0.2, possible) | self.material("certificate-authority", "ca.crt", folder)

    def material(self, key: str, name: str, folder: Path) -> dict[str, Any]:
        """A file, named in one way or another, or its content; seldom a missing one, both, or no base64."""
        data = base64.b64encode(self.draw.randbytes(9)).decode()
        found = self.draw.choice((name, f"../{folder.name}/{name}", str(folder / name), name, name))
        path = "gone" if self.chance(0.01) else found
        choices = [{}, {key: path}, {key: path}, {f"{key}-data": data}, {f"{key}-data": data}]
        rare = [{key: path, f"{key}-data": data}, {f"{key}-data": "%"}, {f"{key}-data": ""}, {key: None}]
        return self.draw.choice(rare if self.chance(0.01) else choices)

    def user(self, folder: Path) -> dict[str, Any]:
        possible = {
            "token": "secret",
            "tokenFile": "token",
            "username": "bob",
            "password": "1234",
            "as": "carol",
            "as-uid": "7",
            "as-groups": ["g1", "g2"],
            "as-user-extra": {"k": ["v", "w"], "n": None},
            "auth-provider": {"name": "oidc", "config": {"client-id": "x"}},
            "exec": self.plugin(),
            "extensions": [self.extension()],
        }
        certificate = self.material("client-certificate", "tls.crt", folder)
        return self.some(0.25, possible) | certificate | self.material("client-key", "tls.key", folder)

    def plugin(self) -> dict[str, Any]:
        version = self.draw.choice(("v1", "v1beta1", "v1alpha1"))
        possible = {
            "args": self.draw.choice(([], ["a", "b"], None)),
            "env": self.draw.choice(([], [{"name": "A", "value": "1"}, {"name": "B"}], None)),
            "apiVersion": f"client.authentication.k8s.io/{version}",
            "interactiveMode": self.draw.choice(("Never", "Always", "odd")),
            "installHint": "install it",
            "provideClusterInfo": self.chance(0.5),
        }
        return {"command": self.draw.choice(("./plugin", "plugin"))} | self.some(0.6, possible)


@pytest.mark.parametrize("seed", range(20), ids=lambda seed: f"seed {seed}")
def test_reads_generated_files_as_kubectl_config_view(plane: Any, tmp_path: Path, seed: int) -> None:
    """Whatever files there are, we and kubectl see the same minified config, or both refuse it."""
    print(f"seed {seed}")
    draw = random.Random(seed)
    worlds = [Files(draw, tmp_path / str(number)).world() for number in range(20)]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        expected = list(pool.map(lambda world: view(plane.kubectl, world), worlds))

    assert expected == [our_view(world) for world in worlds]


CONTEXT = "current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\n"
CLUSTER = CONTEXT + "clusters: [{name: c, cluster: {server: https://x}}]\n"
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
        pytest.param(USER % "token: -.inf", id="infinity is a number"),
        pytest.param(USER % "token: +12", id="a plus sign is a number's"),
        pytest.param(USER % "token: 2024-01-01", id="a date is text"),
        pytest.param(USER % "token: 1:30", id="sixties are text"),
        pytest.param(USER % "token: 1.2.3", id="a version is text"),
        pytest.param(USER % "token: 0x", id="a bare prefix is text"),
        pytest.param(USER % "token: ~", id="a tilde is null"),
        pytest.param(USER % "token: '12'", id="a quoted number is text"),
        pytest.param(USER % "token: !!str 12", id="a number tagged as text"),
        pytest.param(USER % "token: !!binary aGVsbG8=", id="a binary scalar"),
        pytest.param(USER % "token: !odd text", id="an unknown tag"),
        pytest.param(USER % "token: [a]", id="a list for text"),
        pytest.param(USER % "token: one, token: two", id="a field twice"),
        pytest.param(
            USER % "auth-provider: {name: x, config: {1: a, true: b, n: c}}", id="odd keys in a map"
        ),
        pytest.param(USER % "auth-provider: {name: x, config: {a: null}}", id="null in a map"),
        pytest.param(USER % "auth-provider: {}, exec: {}", id="empty structures"),
        pytest.param(USER % "exec: {args: [a, null], env: [null, {value: b}]}", id="null in lists"),
        pytest.param(USER % "as-groups: [], as-user-extra: {}", id="empty lists"),
        pytest.param(USER % "as-user-extra: {k: []}", id="an empty list in a map"),
        pytest.param("x: &x {token: t}\n" + USER % "<<: *x, username: bob", id="a merge key"),
        pytest.param(USER % "client-key-data: aGVsbG8", id="base64 without padding"),
        pytest.param(USER % "client-key-data: a-_=", id="base64 for URLs"),
        pytest.param(USER % "client-key-data: aGVs bG8=", id="base64 with a space"),
        pytest.param(USER % "client-key-data: 'aGVs\n\n  bG8='", id="base64 with a line break"),
        pytest.param(USER % "client-key-data: aGVsbG9=", id="base64 with loose bits"),
        pytest.param(USER % "exec: {provideClusterInfo: yes}", id="yes is true"),
        pytest.param(USER % "exec: {provideClusterInfo: 'true'}", id="text for a boolean"),
        pytest.param(USER % "extensions: [{name: e, extension: {a: 010, b: 1e3, c: on}}]", id="an extension"),
    ],
)
def test_reads_yaml_as_kubectl(plane: Any, tmp_path: Path, text: str) -> None:
    """A file that is odd YAML is read, or refused, as kubectl does."""
    (tmp_path / "config").write_bytes(text.encode())
    world = World(tmp_path, {"KUBECONFIG": "config"}, Flags())

    assert view(plane.kubectl, world) == our_view(world)


# --- kubectl auth whoami ----------------------------------------------------------------------------------


def whoami(connection: Connection, env: Environment) -> Any:
    """The user that the server sees in our own request, or ERROR."""
    credentials = headers(connection, env, interactive=False)
    sent = urllib3.HTTPHeaderDict({"Content-Type": "application/json"})
    for name, value in impersonation_headers(connection):
        sent.add(name, value)
    if credentials.authorization:
        sent["Authorization"] = credentials.authorization
    options: dict[str, Any] = {"cert_reqs": "CERT_NONE" if connection.insecure else "CERT_REQUIRED"}
    options["ca_cert_data"] = (connection.ca_data or b"").decode() or None
    options["ca_certs"] = str(connection.ca_file) if connection.ca_file else None
    options["server_hostname"] = options["assert_hostname"] = connection.tls_server_name or None
    body = json.dumps({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"})
    url = connection.server + "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    if not credentials.certificate:
        return answer(options, url, body, sent)
    with certificate_files(credentials.certificate) as (certificate, key):
        return answer(options | {"cert_file": str(certificate), "key_file": str(key)}, url, body, sent)


def answer(options: dict[str, Any], url: str, body: str, sent: urllib3.HTTPHeaderDict) -> Any:
    """The user in the server's answer, or ERROR."""
    with urllib3.PoolManager(**options) as pool:
        try:
            response = pool.request("POST", url, body=body, headers=sent, retries=False, timeout=10)
        except urllib3.exceptions.HTTPError:
            return ERROR
    return response.json()["status"]["userInfo"] if response.status == 201 else ERROR


def our_whoami(world: World) -> Any:
    """Who the server says we are."""
    try:
        return whoami(load(world.flags, world.env), world.env)
    except KfaccessError:
        return ERROR


def kubectl_whoami(kubectl: Path, world: World) -> Any:
    """Who the server says kubectl is."""
    said = kubectl_says(kubectl, world, "auth", "whoami")
    return said if said == ERROR else said["status"]["userInfo"]


class Logins:
    """Draws kubeconfig files with ways to log in to a running server."""

    def __init__(self, draw: random.Random, directory: Path, plane: Any) -> None:
        self.draw, self.directory, self.plane = draw, directory, plane
        directory.mkdir()
        self.ours = plane.client_certificate("carol", ["team-a", "team-b"])
        self.admins = plane.client_certificate("root", ["system:masters"])

    def chance(self, probability: float) -> bool:
        return self.draw.random() < probability

    def world(self) -> World:
        users, clusters = self.users(), self.clusters()
        user = self.draw.choice([*users, "gone"])
        cluster = "file" if self.chance(0.8) else self.draw.choice([*clusters, "gone"])
        acting = self.chance(0.5)
        if acting and self.chance(0.8):
            user = self.draw.choice(("admin", "root", "plugin-admin", "plugin-beside-token"))
        if acting and self.chance(0.5):
            users[user] = users.get(user, {}) | self.act("as", "as-uid", "as-groups", "as-user-extra")
        config = {
            "current-context": "here",
            "contexts": [{"name": "here", "context": {"cluster": cluster, "user": user}}],
            "clusters": [{"name": name, "cluster": value} for name, value in clusters.items()],
            "users": [{"name": name, "user": value} for name, value in users.items()],
        }
        (self.directory / "config").write_text(yaml.safe_dump(config))
        chosen = self.flags([*users], [*clusters], "tokenFile" in users.get(user, {}))
        flags = replace(chosen, **self.act_flags()) if acting and self.chance(0.7) else chosen
        return World(self.directory, {"KUBECONFIG": "config"}, flags, {"user": user, "cluster": cluster})

    def clusters(self) -> dict[str, Any]:
        server, authority = {"server": self.plane.server}, self.plane.ca_file.read_bytes()
        (self.directory / "ca.crt").write_bytes(authority)
        (self.directory / "wrong.crt").write_bytes(self.ours[0].read_bytes())
        return {
            "file": server | {"certificate-authority": "ca.crt"},
            "data": server | {"certificate-authority-data": base64.b64encode(authority).decode()},
            "insecure": server | {"insecure-skip-tls-verify": True},
            "insecure-with-ca": server
            | {"insecure-skip-tls-verify": True, "certificate-authority": "ca.crt"},
            "untrusted": server | {"certificate-authority": "wrong.crt"},
            "other-name": server | {"certificate-authority": "ca.crt", "tls-server-name": "elsewhere"},
            "localhost": server | {"certificate-authority": "ca.crt", "tls-server-name": "localhost"},
            "empty": {},
            "odd-proxy": server | {"proxy-url": "ftp://proxy"},
        }

    def users(self) -> dict[str, Any]:
        certificate, key = self.ours
        (self.directory / "token").write_text(self.plane.token("alice@example.com") + "\n")
        inline = {"client-certificate-data": certificate, "client-key-data": key}
        return {
            "token": {"token": self.plane.token("bob@example.com")},
            "admin": {"token": self.plane.token("admin")},
            "root": {"client-certificate": str(self.admins[0]), "client-key": str(self.admins[1])},
            "token-file": {"tokenFile": "token"},
            "both-tokens": {"tokenFile": "token", "token": self.plane.token("bob@example.com")},
            "no-token-file": {"tokenFile": "gone"},
            "files": {
                "client-certificate": os.path.relpath(certificate, self.directory),
                "client-key": str(key),
            },
            "inline": {name: base64.b64encode(path.read_bytes()).decode() for name, path in inline.items()},
            "no-key": {"client-certificate": str(certificate)},
            "basic": {"username": "bob", "password": "secret"},
            "wrong": {"token": "wrong"},
            "nobody": {},
            "gcp": {"auth-provider": {"name": "gcp"}},
            "plugin-token": self.plugin("token", {"token": self.plane.token("nobody@example.com")}),
            "plugin-files": self.plugin("files", self.pair(certificate, key)),
            "plugin-admin": self.plugin("admin", self.pair(*self.admins)),
            "plugin-fails": self.plugin("fails", {"token": self.plane.token("admin")}, exit_code=1),
            "plugin-empty": self.plugin("empty", {}),
            "plugin-beside-token": self.plugin("aside", {"token": "no"})
            | {"token": self.plane.token("admin")},
        }

    @staticmethod
    def pair(certificate: Path, key: Path) -> dict[str, str]:
        return {"clientCertificateData": certificate.read_text(), "clientKeyData": key.read_text()}

    def plugin(self, name: str, status: dict[str, str], exit_code: int = 0) -> dict[str, Any]:
        version = "client.authentication.k8s.io/" + self.draw.choice(("v1", "v1beta1"))
        printed = json.dumps({"kind": "ExecCredential", "apiVersion": version, "status": status})
        script = self.directory / f"plugin-{name}"
        script.write_text(f"#!/bin/sh\ncat <<'END'\n{printed}\nEND\nexit {exit_code}\n")
        script.chmod(0o755)
        return {
            "exec": {"apiVersion": version, "command": f"./{script.name}", "interactiveMode": "IfAvailable"}
        }

    def act(self, user: str, uid: str, groups: str, extra: str) -> dict[str, Any]:
        """Fields to impersonate somebody; seldom nobody, which is an error."""
        possible = {uid: "42", groups: ["team-x", "team y"], extra: {"example.com/Scope": ["a", "b"]}}
        chosen = {key: value for key, value in possible.items() if self.chance(0.5)}
        return chosen if self.chance(0.05) else chosen | {user: self.draw.choice(("dave", "ev e", "jürgen"))}

    def act_flags(self) -> dict[str, Any]:
        act = self.act("as_user", "as_uid", "as_groups", "as_user_extra")
        if "as_user_extra" in act:
            act["as_user_extra"] = ("Flag/one=1", "Flag/one=2=3", "two=ü")
        return {key: tuple(value) if isinstance(value, list) else value for key, value in act.items()}

    def flags(self, users: list[str], clusters: list[str], token_file: bool) -> Flags:
        given: dict[str, Any] = {}
        if self.chance(0.2):
            given["user"] = self.draw.choice([*users, "nope"])
        if self.chance(0.1):
            given["cluster"] = self.draw.choice([*clusters, "nope"])
        # With a token file kubectl lets the file win over --token, see the top of kubeconfig.py.
        if self.chance(0.2) and not token_file and "token" not in given.get("user", ""):
            given["token"] = self.plane.token(self.draw.choice(("admin", "bob@example.com")))
        if self.chance(0.1):
            given |= {"client_certificate": str(self.ours[0]), "client_key": str(self.ours[1])}
        return Flags(**given, **self.cluster_flags())

    def cluster_flags(self) -> dict[str, Any]:
        possible = {
            "server": self.draw.choice((self.plane.server, self.plane.server.replace("https", "http"))),
            "certificate_authority": "ca.crt",
            "insecure_skip_tls_verify": True,
            "tls_server_name": "localhost",
        }
        return {key: value for key, value in possible.items() if self.chance(0.06)}


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
@pytest.mark.parametrize("seed", range(10), ids=lambda seed: f"seed {seed}")
def test_is_who_kubectl_is(plane: Any, tmp_path: Path, seed: int) -> None:
    """Whatever the files and flags, the server sees the same user as with kubectl, or refuses both."""
    print(f"seed {seed}")
    draw = random.Random(seed)
    worlds = [Logins(draw, tmp_path / str(number), plane).world() for number in range(16)]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        expected = list(pool.map(lambda world: kubectl_whoami(plane.kubectl, world), worlds))
    actual = [our_whoami(world) for world in worlds]

    shown = [(world.about, arguments(world.flags)) for world in worlds]
    assert list(zip(shown, expected, strict=True)) == list(zip(shown, actual, strict=True))


def test_tells_a_plugin_what_kubectl_tells_it(plane: Any, tmp_path: Path) -> None:
    """KUBERNETES_EXEC_INFO, arguments and variables are the same under us and under kubectl."""
    plugin = tmp_path / "plugin"
    plugin.write_text('#!/bin/sh\nprintf "%s\\037" "$KUBERNETES_EXEC_INFO" "$A" "$@" >>told\nexit 1\n')
    plugin.chmod(0o755)
    told = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "./plugin",
        "args": ["one", "two"],
        "env": [{"name": "A", "value": "first"}, {"name": "A", "value": "last"}],
        "provideClusterInfo": True,
        "interactiveMode": "IfAvailable",
    }
    extension = {"name": "client.authentication.k8s.io/exec", "extension": {"audience": ["q", 1, None]}}
    (tmp_path / "ca.crt").write_bytes(plane.ca_file.read_bytes())
    cluster = {"server": plane.server, "certificate-authority": "ca.crt", "extensions": [extension]}
    config = {
        "current-context": "a",
        "contexts": [{"name": "a", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": cluster | {"tls-server-name": "localhost"}}],
        "users": [{"name": "u", "user": {"exec": told}}],
    }
    (tmp_path / "config").write_text(yaml.safe_dump(config))
    world = World(tmp_path, {"KUBECONFIG": "config"}, Flags())

    expected = heard(tmp_path / "told", lambda: kubectl_whoami(plane.kubectl, world))
    actual = heard(tmp_path / "told", lambda: our_whoami(world))

    assert expected == actual
    assert len(expected) == len(("info", "variable", "one", "two"))


def heard(told: Path, run: Callable[[], Any]) -> list[Any]:
    """What the plugin was told when it first ran: the decoded KUBERNETES_EXEC_INFO, $A and the arguments."""
    told.unlink(missing_ok=True)
    run()
    info, *rest = told.read_text().split("\x1f")[:4]
    return [json.loads(info), *rest]


def test_a_token_flag_wins_over_the_token_file(plane: Any, tmp_path: Path) -> None:
    """`--token` is who we are, also where the context has a tokenFile; kubectl would be the file's user."""
    (tmp_path / "token").write_text(plane.token("bob@example.com"))
    config = yaml.safe_load(plane.kubeconfig("alice@example.com").read_text())
    config["users"][0]["user"] = {"tokenFile": "token"}
    (tmp_path / "config").write_text(yaml.safe_dump(config))
    world = World(tmp_path, {"KUBECONFIG": "config"}, Flags(token=plane.token("alice@example.com")))

    with_kubectl, with_us = "bob@example.com", "alice@example.com"

    assert with_kubectl == kubectl_whoami(plane.kubectl, world)["username"]
    assert with_us == our_whoami(world)["username"]
