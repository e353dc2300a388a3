"""Random kubeconfig files: several files, merged, with paths, data and mistakes."""

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

    def flags(self, paths: list[Path]) -> ConnectionFlags:
        context = self.draw.choice((*self.names, "nope")) if self.chance(0.5) else ""
        explicit = ["missing"] if self.chance(0.1) else [self.spelled(path) for path in paths]
        kubeconfig = self.draw.choice(explicit) if self.chance(0.2) else ""
        return ConnectionFlags(kubeconfig=kubeconfig, context=context)

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
        """Draw a file by one of its paths, or its content; rarely a missing file, both, or invalid base64."""
        data = base64.b64encode(self.draw.randbytes(9)).decode()
        spelling = self.draw.choice((name, f"../{folder.name}/{name}", str(folder / name), name, name))
        path = "gone" if self.chance(0.01) else spelling
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
