"""The page's files are served as they lie in its folder, and no other file is."""

from __future__ import annotations

import re

import pytest

from sandbox.page_files import FOLDER
from tests.sandbox.conftest import WireBot

LATER = ("/page/panel/", "/page/words/faults-")
MODULES = {f"/page/{path.relative_to(FOLDER)}" for path in FOLDER.rglob("*.js")}


async def fetched(wire: WireBot, path: str) -> tuple[int, str, str]:
    """Return the status, the content type and the text of an answer."""
    async with wire.session.get(wire.box.control + path) as answer:
        return answer.status, answer.content_type, await answer.text()


async def test_the_page_asks_at_once_for_every_module_but_the_panels(wire: WireBot) -> None:
    _, kind, text = await fetched(wire, "/")
    asked = re.findall(r'<link rel="modulepreload" href="([^"]+)">\n', text)

    assert kind == "text/html"
    assert len(asked) == len(set(asked))
    assert {name for name in MODULES - set(asked) if not name.startswith(LATER)} == set()
    assert "/page/panel/panel.js" not in asked


@pytest.mark.parametrize(("name", "kind"), [("app.js", "text/javascript"), ("style/base.css", "text/css")])
async def test_a_file_is_served_as_it_lies_there(wire: WireBot, name: str, kind: str) -> None:
    assert await fetched(wire, f"/page/{name}") == (200, kind, (FOLDER / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", ["/page/../control.py", "/page/%2e%2e/control.py", "/page/index.html", "/page/"])
async def test_no_other_file_is_served(wire: WireBot, path: str) -> None:
    status, _, _ = await fetched(wire, path)

    assert status == 404
