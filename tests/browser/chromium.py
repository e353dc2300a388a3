"""
A real Chromium without a window, driven by the DevTools protocol.

https://chromedevtools.github.io/devtools-protocol lists the methods and events.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import websocket

NAMES = ("chromium", "chromium-browser", "google-chrome")
SECONDS = 300
"""How long to wait for an answer: a hang is an error, slowness is not."""
_LISTENING = re.compile(r"DevTools listening on (ws://\S+)")


def executable() -> str | None:
    """Return the path of the browser; None if none is installed."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """Start the browser with a new profile in *folder*, and end it afterwards."""
    program = executable()
    assert program, "no Chromium is installed"
    log = (folder / "chromium.log").open("w+", encoding="utf-8", errors="replace")
    process = subprocess.Popen(
        [
            program,
            "--headless=new",
            "--no-sandbox",  # containers have no user namespaces
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--no-first-run",
            "--remote-debugging-port=0",
            "--remote-allow-origins=*",
            f"--user-data-dir={folder / 'profile'}",
            "about:blank",
        ],
        stdout=subprocess.DEVNULL,
        stderr=log,
    )
    try:
        started = Browser(_address(process, Path(log.name)))
        try:
            yield started
        finally:
            started.close()
    finally:
        process.terminate()
        process.wait(SECONDS)
        log.close()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Return the address that the browser listens on, once it says so."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if match := _LISTENING.search(log.read_text(encoding="utf-8", errors="replace")):
            return match[1]
        assert process.poll() is None, log.read_text(encoding="utf-8", errors="replace")
        time.sleep(0.05)
    raise TimeoutError(log.read_text(encoding="utf-8", errors="replace"))


class Browser:
    """The connection to a browser."""

    def __init__(self, address: str) -> None:
        self._socket = websocket.create_connection(address, timeout=SECONDS, max_size=None)
        self._number = 0
        self.events: list[dict[str, Any]] = []

    def close(self) -> None:
        """End the connection."""
        self._socket.close()

    def call(self, method: str, session: str = "", **params: Any) -> dict[str, Any]:
        """Return the result of a method; events that come before it are kept."""
        self._number += 1
        request = {"id": self._number, "method": method, "params": params}
        self._socket.send(json.dumps({**request, "sessionId": session} if session else request))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == self._number:
                assert "error" not in message, (method, message["error"])
                result: dict[str, Any] = message["result"]
                return result
            self.events.append(message)

    @contextmanager
    def tab(self, width: int = 1280, height: int = 900) -> Iterator[Tab]:
        """Open a tab of that size, and close it afterwards."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = Tab(self, session)
        tab.resize(width, height)
        try:
            yield tab
        finally:
            self.call("Target.closeTarget", targetId=target)


class Tab:
    """A tab, and all that happened in it."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser, self._session = browser, session
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Return the result of a method of this tab."""
        return self._browser.call(method, self._session, **params)

    def resize(self, width: int, height: int) -> None:
        """Give the page that size, in CSS pixels."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )

    def open(self, page: Path, fragment: str = "") -> None:
        """Load a file, and wait until it is loaded."""
        seen = len(self._browser.events)
        address = page.as_uri() + (f"#{fragment}" if fragment else "")
        self.call("Page.navigate", url=address)
        deadline = time.monotonic() + SECONDS
        while not any(self._is_loaded(event) for event in self._browser.events[seen:]):
            assert time.monotonic() < deadline, "the page does not load"
            self.call("Runtime.evaluate", expression="0")
            time.sleep(0.01)

    def _is_loaded(self, event: dict[str, Any]) -> bool:
        return event.get("method") == "Page.loadEventFired" and event.get("sessionId") == self._session

    def run(self, script: str) -> Any:
        """Return the value of an expression of JavaScript; a promise is waited for."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait_for(self, script: str) -> None:
        """Wait until an expression is true."""
        deadline = time.monotonic() + SECONDS
        while not self.run(script):
            assert time.monotonic() < deadline, f"never true: {script}"
            time.sleep(0.02)

    def press(self, key: str, text: str = "") -> None:
        """Press a key, which types *text*."""
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, code=key, text=text, **_code(key))
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, code=key, **_code(key))

    def write(self, text: str) -> None:
        """Type *text* where the focus is."""
        self.call("Input.insertText", text=text)

    def media(self, *, dark: bool = False, printed: bool = False) -> None:
        """Show the page as people see it who prefer dark pages, or who print."""
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", media="print" if printed else "", features=features)

    def scripts(self, *, on: bool) -> None:
        """Turn scripts on or off for pages that are opened next."""
        self.call("Emulation.setScriptExecutionDisabled", value=not on)

    def screenshot(self, path: Path, *, top: int = 0, height: int = 0) -> None:
        """Write a picture of the page: of what is seen, or of *height* pixels from *top* on."""
        clip = {}
        if height:
            width = self.run("innerWidth")
            clip = {"clip": {"x": 0, "y": top, "width": width, "height": height, "scale": 1}}
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=bool(height), **clip)
        path.write_bytes(base64.b64decode(data["data"]))

    def pdf(self, path: Path) -> None:
        """Write the page as a PDF of A4 pages."""
        answer = self.call(
            "Page.printToPDF",
            paperWidth=8.27,
            paperHeight=11.69,
            preferCSSPageSize=True,
            printBackground=True,
        )
        path.write_bytes(base64.b64decode(answer["data"]))

    def requests(self) -> list[str]:
        """Return the addresses that the tab has asked for."""
        return [each["request"]["url"] for each in self._params("Network.requestWillBeSent")]

    def messages(self) -> list[str]:
        """Return all that was said on the console: by scripts, by the browser, and uncaught errors."""
        entries = [each["entry"]["text"] for each in self._params("Log.entryAdded")]
        calls = [json.dumps(each["args"]) for each in self._params("Runtime.consoleAPICalled")]
        errors = [json.dumps(each["exceptionDetails"]) for each in self._params("Runtime.exceptionThrown")]
        return entries + calls + errors

    def _params(self, method: str) -> Iterator[dict[str, Any]]:
        for event in self._browser.events:
            if event.get("method") == method and event.get("sessionId") == self._session:
                yield event["params"]


def _code(key: str) -> dict[str, int]:
    codes = {"Enter": 13, "Escape": 27, "Tab": 9}
    return {"windowsVirtualKeyCode": codes[key]} if key in codes else {}
