"""Random kubeconfig files whose users can log in to a running server in different ways."""

from __future__ import annotations

import base64
import json
import os
import random
from pathlib import Path
from typing import Any

import yaml

from kubectl_kfaccess.sources.kubeconfig.connection_flags import ConnectionFlags
from tests.sources.kubeconfig.real_kubectl import World


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
        with_files = [name for name, fields in users.items() if "tokenFile" in fields]
        user = self.draw.choice(
            [*users, "gone", *with_files, *with_files]
        )  # often, because of --token beside them
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
        chosen = self.flags([*users], [*clusters])
        flags = chosen._replace(**self.act_flags()) if acting and self.chance(0.7) else chosen
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
        (self.directory / "empty").write_text("\n")
        inline = {"client-certificate-data": certificate, "client-key-data": key}
        return {
            "token": {"token": self.plane.token("bob@example.com")},
            "admin": {"token": self.plane.token("admin")},
            "root": {"client-certificate": str(self.admins[0]), "client-key": str(self.admins[1])},
            "token-file": {"tokenFile": "token"},
            "both-tokens": {"tokenFile": "token", "token": self.plane.token("bob@example.com")},
            "no-token-file": {"tokenFile": "gone"},
            "empty-token-file": {"tokenFile": "empty"},
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
        """Draw fields for impersonation; rarely without a user, which is an error."""
        possible = {uid: "42", groups: ["team-x", "team y"], extra: {"example.com/Scope": ["a", "b"]}}
        chosen = {key: value for key, value in possible.items() if self.chance(0.5)}
        return chosen if self.chance(0.05) else chosen | {user: self.draw.choice(("dave", "ev e", "jürgen"))}

    def act_flags(self) -> dict[str, Any]:
        act = self.act("as_user", "as_uid", "as_groups", "as_user_extra")
        if "as_user_extra" in act:
            act["as_user_extra"] = ("Flag/one=1", "Flag/one=2=3", "two=ü")
        return {key: tuple(value) if isinstance(value, list) else value for key, value in act.items()}

    def flags(self, users: list[str], clusters: list[str]) -> ConnectionFlags:
        given: dict[str, Any] = {}
        if self.chance(0.2):
            given["user"] = self.draw.choice([*users, "nope"])
        if self.chance(0.1):
            given["cluster"] = self.draw.choice([*clusters, "nope"])
        if self.chance(0.3):
            given["token"] = self.plane.token(self.draw.choice(("admin", "bob@example.com")))
        if self.chance(0.1):
            given |= {"client_certificate": str(self.ours[0]), "client_key": str(self.ours[1])}
        return ConnectionFlags(**given, **self.cluster_flags())

    def cluster_flags(self) -> dict[str, Any]:
        possible = {
            "server": self.draw.choice((self.plane.server, self.plane.server.replace("https", "http"))),
            "certificate_authority": "ca.crt",
            "insecure_skip_tls_verify": True,
            "tls_server_name": "localhost",
        }
        return {key: value for key, value in possible.items() if self.chance(0.06)}
