"""Random kubeconfigs whose servers are nowhere: no case reaches a cluster."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

from tests.fuzz.spoiling import spoilt_text, spoilt_value
from tests.sources.kubeconfig.generated_files import Files

CLOSED = "127.0.0.1:1"
SERVERS = (
    f"https://{CLOSED}", f"https://{CLOSED}", f"https://{CLOSED}", f"http://{CLOSED}", CLOSED,
    "https://[::1]:1", "https://kubernetes.invalid", "https://user:pw@127.0.0.1:1/k8s/clusters/c-1", "",
    "https://", "https://[::1", "https://127.0.0.1:99999", "https://127.0.0.1:a", "ftp://127.0.0.1",
    "unix:///run/x", "https://a b", "https://%zz", "https://\u0000", "https://ü.invalid:1", "https://*",
    f"https://{CLOSED}/?a=b#c", "https://" + "x" * 300,
)  # fmt: skip
PROXIES = (
    f"http://{CLOSED}", f"socks5://{CLOSED}", f"http://user:pw@{CLOSED}", CLOSED, "", "http://", "http://[",
    "x:y:z",
)  # fmt: skip
EXPIRED = "e30.eyJleHAiOiAxfQ.e30"  # the claims of this token are {"exp": 1}
TOKENS = ("t", "", "a\nb", "ü", "\ud800", EXPIRED, "e30.eyJleHAiOiAxZTQwMH0.e30", "x" * 10_000)
TIMES = ("2026-01-02T03:04:05Z", "soon", "", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", None, 5)


class NowhereFiles(Files):
    """Draws kubeconfig files that the program can read and cannot connect with; many are spoilt."""

    def cluster(self, folder: Path) -> dict[str, Any]:
        """Return a cluster whose server does not answer."""
        proxy = {"proxy-url": self.draw.choice(PROXIES)} if self.chance(0.2) else {}
        fields = {**super().cluster(folder), "server": self.draw.choice(SERVERS)}
        fields.pop("proxy-url", None)
        return {**fields, **proxy}

    def user(self, folder: Path) -> dict[str, Any]:
        """Return a user; most have a token, as otherwise certificates that are none end the case early."""
        if self.chance(0.6):
            return self.some(0.9, {"token": self.draw.choice(TOKENS)}) | self.some(
                0.2, {"exec": self.plugin(), "as": "carol"}
            )
        return super().user(folder)

    def plugin(self) -> dict[str, Any]:
        """Return a plugin that does not exist, fails, or prints a credential."""
        command = self.draw.choice(("./plugin", "plugin", "/bin/false", "/bin/echo", "/bin/echo"))
        words = [_credential(self.draw)] if command == "/bin/echo" else []
        return {**super().plugin(), "command": command, "args": words}

    def text(self, folder: Path) -> str:
        """Return the text of a file; a third are not what the program expects."""
        text = super().text(folder)
        if self.chance(0.2) and text.startswith("{\n"):
            return json.dumps(spoilt_value(self.draw, json.loads(text)))
        if self.chance(0.15):
            return spoilt_text(self.draw, text.encode(errors="replace")).decode(errors="replace")
        return text


def _credential(draw: Random) -> str:
    """Return what a plugin prints: an ExecCredential, whole or spoilt."""
    status = {"token": draw.choice(TOKENS), "expirationTimestamp": draw.choice(TIMES)}
    kind = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential"}
    credential = {**kind, "status": status}
    return json.dumps(spoilt_value(draw, credential) if draw.random() < 0.5 else credential)
