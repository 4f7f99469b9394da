"""A bot that is forked behaves as one that is started: the same output, exit code and environment."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from sandbox.bot_process import BotProcess
from sandbox.run import sandbox
from tests.warm_bot import WarmBot


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Two empty folders, each for one bot."""
    found = tmp_path / "one", tmp_path / "other"
    for folder in found:
        folder.mkdir()
    return found


async def outcome(kind: type[BotProcess], folder: Path, *arguments: str, **settings: str) -> tuple[int, str]:
    """Return the exit code and the output of a command."""
    async with sandbox() as box:
        bot = kind(box, folder, **settings)
        process = await bot.spawn(*arguments)
        code = await process.wait()
    return code, bot.log.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "settings"),
    [
        (("check",), {"QUOTA_TIMEZONE": "Mars/Olympus"}),
        ((), {"DISCORD_TOKEN": ""}),
        (("audit",), {}),
        (("--no-such-option",), {}),
    ],
)
async def test_a_forked_bot_says_and_exits_as_a_started_one(
    folders: tuple[Path, Path], arguments: tuple[str, ...], settings: dict[str, str]
) -> None:
    forked = await outcome(WarmBot, folders[0], *arguments, **settings)
    started = await outcome(BotProcess, folders[1], *arguments, **settings)

    assert forked[0] == started[0] != 0
    assert forked[1].replace(str(folders[0]), str(folders[1])) == started[1]


async def test_forked_bots_have_their_own_settings_and_end_at_their_own_signal(folders: tuple[Path, Path]) -> None:
    async with sandbox() as one, sandbox() as other:
        bots = [WarmBot(one, folders[0], LOG_FORMAT="text"), WarmBot(other, folders[1], LOG_FORMAT="json")]
        for bot in bots:
            await bot.start()
        first, second = (bot.process for bot in bots)
        assert first is not None
        assert second is not None

        await bots[0].kill()

        assert (first.returncode, second.returncode) == (-signal.SIGKILL, None)
        assert await bots[1].stop() == 0
        assert ['"event":' in bot.log.read_text(encoding="utf-8") for bot in bots] == [False, True]
