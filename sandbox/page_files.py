"""Serve the page's files. The page names its modules in its head, so that the browser asks for all of them at once.

A browser finds out what a module imports only when the module is there: five levels of imports would be five round
trips. https://developer.mozilla.org/docs/Web/HTML/Reference/Attributes/rel/modulepreload (2026-11-29)
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import cache, partial
from pathlib import Path

from aiohttp import web

FOLDER = Path(__file__).parent / "page"
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
END_OF_HEAD = "</head>"
IMPORT = re.compile(r'^(?:import|export)\b[^;]*"/page/([^"]+)";', re.MULTILINE)


def add_page(app: web.Application) -> None:
    """Add the page and its files to the routes. Each file is read when it is asked for."""
    app.router.add_get("/", _handler(_index))
    for name, path in _files().items():
        app.router.add_get(f"/page/{name}", _handler(partial(_file, path)))


def _handler(answer: Callable[[], web.Response]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(_request: web.Request) -> web.Response:
        return answer()

    return handle


@cache
def _files() -> dict[str, Path]:
    """Return every file that the page may ask for, by its name below the folder."""
    return {f"{path.relative_to(FOLDER)}": path for path in FOLDER.rglob("*") if path.suffix in TYPES}


@cache
def _modules() -> list[str]:
    """Return the modules that the page needs before it can be used."""
    return sorted(_imported("app.js"))


def _index() -> web.Response:
    text = (FOLDER / "index.html").read_text(encoding="utf-8")
    links = [f'<link rel="modulepreload" href="/page/{name}">' for name in _modules()]
    text = text.replace(END_OF_HEAD, "\n".join([*links, END_OF_HEAD]))
    return web.Response(text=text, content_type="text/html")


def _imported(name: str, found: frozenset[str] = frozenset()) -> frozenset[str]:
    """Return *found* with a module and all that it imports. What it imports later, by ``import()``, is left out."""
    if name in found:
        return found
    found |= {name}
    for inner in IMPORT.findall(_files()[name].read_text(encoding="utf-8")):
        found = _imported(inner, found)
    return found


def _file(path: Path) -> web.Response:
    # A few kilobytes from the cache of the disk: sooner there than a thread could read them.
    return web.Response(body=path.read_bytes(), content_type=TYPES[path.suffix], charset="utf-8")
