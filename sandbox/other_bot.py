"""Run any discord.py program in the sandbox, as it is and with its own interpreter."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from sandbox.program import Program
from sandbox.run import Sandbox
from sandbox.site import sitecustomize

SITE = Path(sitecustomize.__file__).parent
# Where programs look for their token. A .env file does not replace what is set: the real token stays unused.
TOKEN_NAMES = ("DISCORD_TOKEN", "DISCORD_BOT_TOKEN", "BOT_TOKEN", "TOKEN", sitecustomize.TOKEN)
MAX_NAME_CHARS = 32  # https://discord.com/developers/docs/resources/user (2026-11-29)


def name_of(command: Sequence[str]) -> str:
    """Return a name for the bot that *command* starts: that of its Python file, module or program."""
    words = [*command]
    found = next((Path(word).stem for word in words if word.endswith(".py")), None)
    if found is None and "-m" in words[:-1]:
        found = words[words.index("-m") + 1].removesuffix(".__main__")
    return (found or Path(words[0]).stem)[:MAX_NAME_CHARS]


def isolating_option(command: Sequence[str]) -> str | None:
    """Return the option with which Python would not read ``site/sitecustomize.py``; None if *command* has none.

    https://docs.python.org/3/using/cmdline.html (2026-11-29)
    """
    words = iter(command)
    if not any(re.fullmatch(r"python[0-9.]*", Path(word).name) for word in words):  # leaves the words after python
        return None
    for option in words:
        if option in ("-X", "-W"):
            next(words, None)
        elif not re.fullmatch(r"-[bBdEhiIOPqRsSuvx]+", option):
            return None
        elif set("EIS") & set(option):
            return option
    return None


def other_bot(command: Sequence[str], name: str, box: Sandbox, log: Path) -> Program:
    """Return the program that *command* starts in the current folder, with the sandbox's addresses and token."""
    return Program(name, command, folder=Path.cwd(), environment={**os.environ, **_variables(box)}, log=log)


def _variables(box: Sandbox) -> dict[str, str]:
    own = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    # Without this project's folder, whose modules the bot would find in place of its own packages.
    path = [str(SITE), *(name for name in own if name and Path(name).resolve() != SITE.parents[1])]
    return {
        **dict(zip(sitecustomize.ADDRESSES, (box.rest, box.gateway, box.cdn), strict=True)),
        **dict.fromkeys(TOKEN_NAMES, box.token),
        "DASHSCOPE_API_KEY": box.key,
        "DASHSCOPE_HTTP_BASE_URL": box.wan,
        "PYTHONPATH": os.pathsep.join(path),
        "PYTHONUNBUFFERED": "1",
    }
