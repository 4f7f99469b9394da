"""The page's files are served as they lie in its folder, and no other file is."""

from __future__ import annotations

import re

import pytest

from sandbox.page_files import FOLDER
from tests.sandbox.conftest import WireBot

MODULES = {f"/page/{path.relative_to(FOLDER)}" for path in FOLDER.rglob("*.js")}


async def fetched(wire: WireBot, path: str) -> tuple[int, str, str]:
    """Return the status, the content type and the text of an answer."""
    async with wire.session.get(wire.box.control + path) as answer:
        return answer.status, answer.content_type, await answer.text()


async def test_the_page_asks_for_every_module_at_once(wire: WireBot) -> None:
    _, kind, text = await fetched(wire, "/")

    assert kind == "text/html"
    assert set(re.findall(r'<link rel="modulepreload" href="([^"]+)">\n', text)) == MODULES


@pytest.mark.parametrize(("name", "kind"), [("app.js", "text/javascript"), ("style/base.css", "text/css")])
async def test_a_file_is_served_as_it_lies_there(wire: WireBot, name: str, kind: str) -> None:
    assert await fetched(wire, f"/page/{name}") == (200, kind, (FOLDER / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", ["/page/../control.py", "/page/%2e%2e/control.py", "/page/index.html", "/page/"])
async def test_no_other_file_is_served(wire: WireBot, path: str) -> None:
    status, _, _ = await fetched(wire, path)

    assert status == 404
