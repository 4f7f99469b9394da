"""Headless Chromium, as far as pictures of a page need it, over its DevTools protocol.

https://chromedevtools.github.io/devtools-protocol/ (2026-11-24)
"""

from __future__ import annotations

import asyncio
import base64
import io
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from PIL import Image

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--remote-debugging-port=0",
    # With a mouse: without one, what hovering shows is shown always.
    "--blink-settings=primaryHoverType=2,availableHoverTypes=2",
)  # fmt: skip
READY_S, STEP_S = 30.0, 0.15

# What the element takes of the page once it and its pictures are there; null before.
BOX = """(() => {
  const found = document.querySelector(%r);
  if (!found || document.fonts.status !== "loaded" || [...found.querySelectorAll("img")].some((one) => !one.complete)) return null;
  const { x, y, width, height } = found.getBoundingClientRect();
  return { x, y, width, height };
})()"""  # noqa: E501  # JavaScript


class Missing(RuntimeError):
    """What pictures need is not on this machine; the message says what."""


@dataclass(frozen=True)
class View:
    """How the page is looked at. *height_px* is more than any card needs, so that nothing is scrolled away."""

    theme: str
    width_px: int
    height_px: int = 4000


async def require() -> str:
    """The browser's program. Missing where there is none, or no font with Chinese."""
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    if program is None or not await _fonts():
        raise Missing("Pictures need Chromium and a font with Chinese: on Debian, apt install chromium fonts-noto-cjk.")
    return program


async def _fonts() -> bytes:
    if shutil.which("fc-list") is None:
        return b""
    asked = await asyncio.create_subprocess_exec("fc-list", ":lang=zh-cn", stdout=asyncio.subprocess.PIPE)
    return (await asked.communicate())[0]


class Browser:
    """One tab."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket, self._number = socket, 0

    async def open(self, url: str, view: View) -> None:
        """Load a page, to be looked at as *view* says."""
        await self._call(
            "Emulation.setDeviceMetricsOverride",
            width=view.width_px, height=view.height_px, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip
        features = [
            {"name": "prefers-color-scheme", "value": view.theme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        await self._call("Emulation.setEmulatedMedia", features=features)
        await self._call("Page.navigate", url=url)

    async def capture(self, url: str, selector: str, view: View) -> Image.Image:
        """Return an image of the first element that *selector* finds, once the element and its images are there.

        TimeoutError if they do not come.
        """
        await self.open(url, view)
        return await self.screenshot(clip={**await self.box(selector), "scale": 1})

    async def screenshot(self, **about: Any) -> Image.Image:
        """Return an image of the page as it is now."""
        shot = await self._call("Page.captureScreenshot", format="png", **about)
        return Image.open(io.BytesIO(base64.b64decode(shot["data"]))).convert("RGB")

    async def type(self, text: str) -> None:
        """Type into the field that has the focus."""
        await self._call("Input.insertText", text=text)

    async def press_enter(self) -> None:
        """Press and release the Enter key."""
        for kind in ("keyDown", "keyUp"):
            await self._call("Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", text="\r",
                             windowsVirtualKeyCode=13)  # fmt: skip

    async def mouse(self, kind: str, x: float, y: float) -> None:
        """Send a mouse event: mouseMoved, mousePressed or mouseReleased of the left button."""
        await self._call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    async def evaluate(self, script: str) -> Any:
        """Return the value of a JavaScript expression in the page."""
        found = await self._call("Runtime.evaluate", expression=script, returnByValue=True)
        return found["result"].get("value")

    async def box(self, selector: str) -> dict[str, float]:
        """Where the element is, as soon as it stays there."""
        last = None
        for _ in range(round(READY_S / STEP_S)):
            box: dict[str, float] | None = await self.evaluate(BOX % selector)
            if box is not None and box == last:
                return box
            last = box
            await asyncio.sleep(STEP_S)
        raise TimeoutError(f"the page did not show {selector} in {READY_S:.0f} s")

    async def _call(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": params})
        while True:
            answer = await self._socket.receive_json()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"Chromium refused {method}: {answer['error']['message']}")
                result: dict[str, Any] = answer["result"]
                return result


@asynccontextmanager
async def browser(session: aiohttp.ClientSession) -> AsyncIterator[Browser]:
    """A browser of its own, with a profile that is forgotten."""
    program = await require()
    with tempfile.TemporaryDirectory(prefix="wanvas-browser-", ignore_cleanup_errors=True) as profile:
        silent = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(
            program, *FLAGS, f"--user-data-dir={profile}", "about:blank", stdout=silent, stderr=silent
        )
        try:
            address = await _tab(session, Path(profile) / "DevToolsActivePort")
            async with session.ws_connect(address, max_msg_size=0) as socket:
                yield Browser(socket)
        finally:
            process.terminate()
            await process.wait()


async def _tab(session: aiohttp.ClientSession, port: Path) -> str:
    """The address of the first tab, once the browser has written down its port and opened one."""
    async with asyncio.timeout(READY_S):
        while True:
            await asyncio.sleep(0.1)
            lines = _read(port)
            if not lines:
                continue
            async with session.get(f"http://127.0.0.1:{lines[0]}/json/list") as answer:
                tabs = [tab for tab in await answer.json() if tab["type"] == "page"]
            if tabs:
                address: str = tabs[0]["webSocketDebuggerUrl"]
                return address


def _read(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").split() if file.exists() else []
