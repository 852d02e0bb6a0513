"""Headless Chromium, driven through two pipes by its DevTools protocol."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import subprocess
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

PROGRAM: Final = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
"""The path of a browser, None if there is none."""
_PATIENCE: Final = 30.0  # seconds to wait for an answer


class Browser:
    """A page without network; `messages` are those of its console, `requests` the URLs that it requested."""

    def __init__(self, profile: Path) -> None:
        assert PROGRAM is not None
        to_us, from_us = os.pipe(), os.pipe()
        words = [PROGRAM, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        words += ["--no-first-run", "--hide-scrollbars", "--force-color-profile=srgb"]
        words += ["--proxy-server=127.0.0.1:9", f"--user-data-dir={profile}", "--remote-debugging-pipe"]
        start = f'exec "$0" "$@" 3<&{from_us[0]} 4>&{to_us[1]}'  # the protocol's descriptors
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", start, *words],
            pass_fds=(from_us[0], to_us[1]),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(from_us[0])
        os.close(to_us[1])
        self._in, self._out = os.fdopen(to_us[0], "rb"), os.fdopen(from_us[1], "wb")
        self._rest = b""
        self._count = 0
        self._session = ""
        self._loaded = False
        self.messages: list[str] = []
        self.requests: list[str] = []
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")

    def __enter__(self) -> Self:
        """Return the browser itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Kill the browser with all its processes."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._in.close()
        self._out.close()

    def open(
        self, path: Path, width: int = 1280, *, dark: bool = False, script: bool = True, media: str = ""
    ) -> None:
        """Load a file in a window of this width, and wait until it is loaded."""
        self.messages.clear()
        self.requests.clear()
        self._call(
            "Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._call("Emulation.setEmulatedMedia", media=media, features=[scheme])
        self._call("Emulation.setScriptExecutionDisabled", value=not script)
        self._loaded = False
        self._call("Page.navigate", url=path.as_uri())
        while not self._loaded:
            self._read()
        if script:
            self("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))")

    def __call__(self, expression: str) -> Any:
        """Return the value of a JavaScript expression in the page."""
        answer = self._call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def texts(self, selector: str) -> list[str]:
        """Return the visible text of each element that matches `selector`."""
        found: list[str] = self(
            f"[...document.querySelectorAll({selector!r})].map(e => e.innerText ?? e.textContent)"
        )
        return found

    def snapshot(self) -> str:
        """Return the page's HTML; this works without scripts."""
        root = self._call("DOM.getDocument")["root"]["nodeId"]
        found: str = self._call("DOM.getOuterHTML", nodeId=root)["outerHTML"]
        return found

    def height(self, selector: str) -> float:
        """Return the height of the first matching element, 0 if it is hidden; this works without scripts."""
        root = self._call("DOM.getDocument")["root"]["nodeId"]
        node = self._call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        try:
            return float(self._call("DOM.getBoxModel", nodeId=node)["model"]["height"])
        except AssertionError:  # it has no box
            return 0.0

    def pointer(self, kind: str, x: float, y: float, buttons: int = 0) -> None:
        """Move (`mouseMoved`), press (`mousePressed`) or release (`mouseReleased`) the pointer at a point."""
        button = "left" if kind != "mouseMoved" else "none"
        self._call(
            "Input.dispatchMouseEvent", type=kind, x=x, y=y, button=button, buttons=buttons, clickCount=1
        )

    def touch(self, kind: str, *points: Mapping[str, float]) -> None:
        """Send a touch event of the protocol, such as `touchStart`, for the fingers at these points."""
        self._call("Input.dispatchTouchEvent", type=kind, touchPoints=points)

    def key(self, key: str, text: str = "", modifiers: int = 0) -> None:
        """Press and release a key."""
        down = {"type": "keyDown", "key": key, "code": key, "modifiers": modifiers}
        self._call("Input.dispatchKeyEvent", **down, **({"text": text} if text else {}))
        self._call("Input.dispatchKeyEvent", type="keyUp", key=key, code=key)

    def screenshot(self, path: Path) -> None:
        """Write an image of the whole page to a PNG file."""
        size = self._call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        shot = self._call("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        path.write_bytes(base64.b64decode(shot["data"]))

    def _call(self, method: str, **parameters: Any) -> Any:
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._out.write(json.dumps(message).encode() + b"\0")
        self._out.flush()
        while True:
            answer = self._read()
            if answer.get("id") == self._count:
                assert "error" not in answer, answer
                return answer["result"]

    def _read(self) -> Any:
        """Return the next message, and record events of the console, the network and the page."""
        import select

        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._in], [], [], _PATIENCE)
            assert ready, "the browser does not answer"
            piece = os.read(self._in.fileno(), 1 << 20)
            assert piece, "the browser has ended"
            self._rest += piece
        text, _, self._rest = self._rest.partition(b"\0")
        message = json.loads(text)
        method, told = message.get("method"), message.get("params", {})
        if method == "Runtime.consoleAPICalled":
            self.messages.append(str([argument.get("value") for argument in told["args"]]))
        elif method == "Runtime.exceptionThrown":
            self.messages.append(str(told["exceptionDetails"]))
        elif method == "Log.entryAdded":
            self.messages.append(told["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])
        elif method == "Page.loadEventFired":
            self._loaded = True
        return message
