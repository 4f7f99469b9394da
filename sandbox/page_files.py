"""Serve the page's files. The page names its modules in its head, so that the browser asks for all of them at once.

A browser finds out what a module imports only when the module is there: five levels of imports would be five round
trips. https://developer.mozilla.org/docs/Web/HTML/Reference/Attributes/rel/modulepreload (2026-11-29)

A file's address has the version of all files, so that a browser keeps each file for good: the requests take longer
than all else of the page's start.
https://developer.mozilla.org/docs/Web/HTTP/Guides/Caching#cache_busting (2026-11-30)
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

from aiohttp import web

FOLDER = Path(__file__).parent / "page"
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
END_OF_HEAD = "</head>"
FOR_GOOD = "public, max-age=31536000, immutable"
IMPORT = re.compile(r'^(?:import|export)\b[^;]*"/page/([^"]+)";', re.MULTILINE)


def add_page(app: web.Application) -> None:
    """Add the page and its files to the routes. Each file is read when it is asked for."""
    app.router.add_get("/", _index)
    app.router.add_get("/page/{version:[0-9a-f]{12}}/{name:.+}", _file)
    app.router.add_get("/page/{name:.+\\.js}", _alias)


@cache
def _files() -> dict[str, Path]:
    """Return every file that the page may ask for, by its name below the folder."""
    return {f"{path.relative_to(FOLDER)}": path for path in FOLDER.rglob("*") if path.suffix in TYPES}


@cache
def _modules() -> list[str]:
    """Return the modules that the page needs before it can be used."""
    return sorted(_imported("app.js"))


def _imported(name: str, found: frozenset[str] = frozenset()) -> frozenset[str]:
    """Return *found* with a module and all that it imports. What it imports later, by ``import()``, is left out."""
    if name in found:
        return found
    found |= {name}
    for inner in IMPORT.findall(_files()[name].read_text(encoding="utf-8")):
        found = _imported(inner, found)
    return found


def _version() -> str:
    """Return another text after each change of a file: 12 hexadecimal digits."""
    found = hashlib.sha256()
    for name, path in sorted(_files().items()):
        found.update(f"{name} {_state(path)}\n".encode())
    return found.hexdigest()[:12]


def _state(path: Path) -> tuple[int, int] | None:
    """Return what changes with a file; None if it is gone, as after a change of the branch."""
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_mtime_ns, about.st_size


def _versioned(text: str, version: str) -> str:
    return text.replace('"/page/', f'"/page/{version}/')


def _path(name: str) -> Path:
    """Return the path of a file. Raises HTTPNotFound."""
    if name not in _files():
        raise web.HTTPNotFound
    return _files()[name]


async def _index(_request: web.Request) -> web.Response:
    text = (FOLDER / "index.html").read_text(encoding="utf-8")
    links = [f'<link rel="modulepreload" href="/page/{name}">' for name in _modules()]
    text = text.replace(END_OF_HEAD, "\n".join([*links, END_OF_HEAD]))
    return web.Response(text=_versioned(text, _version()), content_type="text/html")


async def _file(request: web.Request) -> web.Response:
    """Answer with a file that names the other files by the version that was asked for."""
    # A few kilobytes from the cache of the disk: sooner there than a thread could read them.
    path = _path(request.match_info["name"])
    text = _versioned(path.read_text(encoding="utf-8"), request.match_info["version"])
    return web.Response(text=text, content_type=TYPES[path.suffix], headers={"Cache-Control": FOR_GOOD})


async def _alias(request: web.Request) -> web.Response:
    """Answer with all that a module exports, so that its address without a version means the module of the page."""
    name = request.match_info["name"]
    _path(name)
    return web.Response(text=_versioned(f'export * from "/page/{name}";\n', _version()), content_type=TYPES[".js"])
