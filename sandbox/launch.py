"""Start a program that uses discord.py, with discord.py's three addresses set to the sandbox.

``python -m sandbox.launch bot.py``
"""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path
from urllib.parse import urlsplit

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

NAMES = ("WANVAS_SANDBOX_REST", "WANVAS_SANDBOX_GATEWAY", "WANVAS_SANDBOX_CDN")


def main() -> None:
    """Set three class attributes of discord.py, the only ones that the sandbox touches, and run the program."""
    rest, gateway, cdn = (os.environ[name] for name in NAMES)
    for address in (rest, gateway, cdn):
        if urlsplit(address).hostname != "127.0.0.1":
            sys.exit(f"{address} is not on this machine")
    Route.BASE = rest
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
    discord.Asset.BASE = cdn
    sys.argv = sys.argv[1:]
    sys.path.insert(0, str(Path(sys.argv[0]).resolve().parent))
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
