"""Point discord.py to the sandbox when a program imports it. Standard library only: any bot's interpreter runs this.

Python imports this module at its start, because ``play`` puts the folder on PYTHONPATH:
https://docs.python.org/3/library/site.html#module-sitecustomize (2026-11-29)
"""

from __future__ import annotations

import importlib.util
import os
import sys
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

ADDRESSES = ("WANVAS_SANDBOX_REST", "WANVAS_SANDBOX_GATEWAY", "WANVAS_SANDBOX_CDN")
TOKEN = "WANVAS_SANDBOX_TOKEN"  # noqa: S105  # the name of a variable


def use_sandbox() -> None:
    """Set discord.py's addresses to those in the environment, and its token if WANVAS_SANDBOX_TOKEN is set.

    Exit with a sentence if an address is not on this machine, or ``discord`` is another library than discord.py.
    """
    rest, gateway, cdn = (os.environ[name] for name in ADDRESSES)
    for address in (rest, gateway, cdn):
        if urlsplit(address).hostname != "127.0.0.1":
            sys.exit(f"{address} is not on this machine")
    import discord
    import yarl
    from discord.gateway import DiscordWebSocket
    from discord.http import Route

    found = (
        (Route, "BASE", rest),
        (DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(gateway)),
        (discord.Asset, "BASE", cdn),
    )
    for owner, name, value in found:
        if name not in vars(owner):  # a fork: it would ask the real Discord
            sys.exit(f"{discord.__file__} is not discord.py 2. The sandbox cannot set its addresses.")
        setattr(owner, name, value)
    if TOKEN in os.environ:
        _use_token(os.environ[TOKEN])


def _use_token(token: str) -> None:
    """Log in with *token* in place of the program's own token, which is not sent, and may be missing."""
    from discord import Client
    from discord.http import HTTPClient

    login, static_login = Client.login, HTTPClient.static_login

    async def login_here(self: Client, _token: object = None) -> None:
        await login(self, token)

    async def static_login_here(self: HTTPClient, _token: object = None) -> Any:
        return await static_login(self, token)

    Client.login = login_here  # type: ignore[assignment, method-assign]  # callable without a token
    HTTPClient.static_login = static_login_here  # type: ignore[assignment, method-assign]  # callable without a token


class DiscordFinder:
    """Finds ``discord`` as Python does without this finder, and has ``use_sandbox`` called once it is imported."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Return the spec of ``discord`` if Python finds it, and None for every other module."""
        if name != "discord":
            return None
        others = [finder for finder in sys.meta_path if finder is not self]
        spec = next(filter(None, (finder.find_spec(name, path, target) for finder in others)), None)
        if spec is not None and spec.loader is not None:
            _call_after_import(spec.loader)
        return spec


def _call_after_import(loader: Any) -> None:
    import_it = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        import_it(module)
        use_sandbox()

    loader.exec_module = exec_module


def _run_next_sitecustomize() -> None:
    """Import the sitecustomize.py that this one hides, if there is one."""
    here = os.path.dirname(os.path.abspath(__file__))
    spec = PathFinder.find_spec("sitecustomize", [path for path in sys.path if os.path.abspath(path) != here])
    if spec is not None and spec.loader is not None:
        sys.modules["sitecustomize"] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)


if __name__ == "sitecustomize":
    if ADDRESSES[0] in os.environ:
        sys.meta_path.insert(0, DiscordFinder())
    _run_next_sitecustomize()
