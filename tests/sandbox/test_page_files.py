"""The page's files are served as they lie in its folder, to be kept until one of them changes, and no other file is."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from sandbox import page_files
from sandbox.page_files import FOLDER
from tests.sandbox.conftest import WireBot

LATER = ("/page/panel/", "/page/words/faults-")
VERSION = re.compile("/page/[0-9a-f]{12}/")
MODULES = {f"/page/{path.relative_to(FOLDER)}" for path in FOLDER.rglob("*.js")}


async def fetched(wire: WireBot, path: str) -> tuple[int, str, str]:
    """Return the status, the content type and the text of an answer."""
    async with wire.session.get(wire.box.control + path) as answer:
        return answer.status, answer.content_type, await answer.text()


async def base(wire: WireBot) -> str:
    """Return what the addresses of the page's files begin with."""
    _, _, text = await fetched(wire, "/")
    found = VERSION.search(text)
    assert found
    return found[0]


async def cache_rule(wire: WireBot, path: str) -> str:
    """Return what an answer says of keeping it."""
    async with wire.session.get(wire.box.control + path) as answer:
        assert answer.status == 200
        return answer.headers["Cache-Control"]


async def test_the_page_asks_at_once_for_every_module_but_the_panels(wire: WireBot) -> None:
    _, kind, text = await fetched(wire, "/")
    asked = re.findall(r'<link rel="modulepreload" href="([^"]+)">\n', VERSION.sub("/page/", text))

    assert kind == "text/html"
    assert len(asked) == len(set(asked))
    assert {name for name in MODULES - set(asked) if not name.startswith(LATER)} == set()
    assert "/page/panel/panel.js" not in asked


@pytest.mark.parametrize(("name", "kind"), [("app.js", "text/javascript"), ("style/base.css", "text/css")])
async def test_a_file_is_served_as_it_lies_there(wire: WireBot, name: str, kind: str) -> None:
    status, found, text = await fetched(wire, f"{await base(wire)}{name}")

    assert (status, found) == (200, kind)
    assert VERSION.sub("/page/", text) == (FOLDER / name).read_text(encoding="utf-8")


async def test_a_browser_keeps_each_file_until_one_of_them_changes(
    wire: WireBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = shutil.copytree(FOLDER, tmp_path / "page")
    monkeypatch.setattr(
        page_files, "_files", lambda: {"app.js": copy / "app.js", "words/words.js": copy / "words/words.js"}
    )
    before = await base(wire)
    kept, asked_again = await cache_rule(wire, f"{before}app.js"), await cache_rule(wire, "/")
    same = await base(wire)

    os.utime(copy / "words/words.js", ns=(1, 1))
    changed = await base(wire)
    (copy / "words/words.js").unlink()

    assert "immutable" in kept
    assert asked_again == "no-cache"
    assert same == before
    assert len({before, changed, await base(wire)}) == 3


async def test_a_module_names_the_others_by_its_own_version(wire: WireBot) -> None:
    here = await base(wire)

    _, _, text = await fetched(wire, f"{here}app.js")

    assert set(re.findall(r'"(/page/[^"]*/)[^"/]+\.js"', text)) >= {f"{here}world/", f"{here}panel/"}
    assert '"/page/world' not in text


async def test_a_modules_plain_address_leads_to_the_module_of_the_page(wire: WireBot) -> None:
    answer = await fetched(wire, "/page/world/state.js")

    assert answer == (200, "text/javascript", f'export * from "{await base(wire)}world/state.js";\n')


@pytest.mark.parametrize(
    "path",
    [
        "/page/../control.py", "/page/%2e%2e/control.py", "/page/index.html", "/page/", "/page/nowhere.js",
        "/page/0123456789ab/../control.py", "/page/0123456789ab/%2e%2e/control.py", "/page/0123456789ab/index.html",
        "/page/0123456789ab/", "/page/version/app.css", "/page/style/base.css",
    ],
)  # fmt: skip
async def test_no_other_file_is_served(wire: WireBot, path: str) -> None:
    status, _, _ = await fetched(wire, path)

    assert status == 404
