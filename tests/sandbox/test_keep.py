"""``play --keep`` goes on where the last run ended, however that ended."""

from __future__ import annotations

import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from sandbox.people import Control, Person, images_of, text_of
from sandbox.run import sandbox
from sandbox.world_folder import open_folder
from tests.ports import free_port
from tests.sandbox.playing import EXAMPLE, is_alive, playing, until
from tests.warm_bot import WarmBot

DAY_S = 86_400


async def test_a_person_uses_the_example_bot_through_a_kill_of_the_sandbox(tmp_path: Path) -> None:
    port = free_port()
    arguments = ("--port", str(port), "--keep", str(tmp_path / "world"), "--", sys.executable, str(EXAMPLE))
    async with playing(*arguments) as play:
        ana = await play.person("Ana")
        await ana.wait(lambda state: bool(state["commands"]), "the command")
        await ana.slash("harbor", "roll", sides=20)
        rolled = await ana.see("harbor", lambda m: "of 20." in text_of(m), "the answer")
        await until(lambda: "of 20." in (tmp_path / "world" / "world.json").read_text())
        bot = play.bot_pid()
        await play.stop(signal.SIGKILL)
        await until(lambda: not is_alive(bot))

    async with playing(*arguments) as play:
        ana = await play.person("Ana")
        again = await ana.see("harbor", lambda m: m["id"] == rolled["id"], "the answer of the last run")
        await ana.press(again, "Roll again")
        await ana.see("harbor", lambda m: "this time" in text_of(m), "the changed answer")
        await ana.say("harbor", f"<@{(await ana.state())['bot']}> hello")
        reply = await ana.see("harbor", lambda m: text_of(m) == "Hello Ana! Try /roll.", "the reply")
        code = await play.stop()

    assert play.control.url == f"http://127.0.0.1:{port}"
    assert reply["author"]["global_name"] == "dice"
    assert code == 0


@asynccontextmanager
async def run_with_bot(path: Path) -> AsyncIterator[Person]:
    """Run the sandbox and the real bot in the same folder. Yield Ana."""
    with open_folder(path) as folder:
        async with (
            sandbox(set_stage=folder.set_stage) as box,
            folder.saving(box.world),
            aiohttp.ClientSession() as session,
        ):
            bot = WarmBot(box, path, MODELS="wan2.6-t2i, wan2.6-image", QUOTA_TIMEZONE="UTC")
            await bot.start()
            yield Person(Control(session, box.control), next(iter(box.world.people)), "Ana")
            await bot.stop()


async def test_an_image_of_yesterday_is_edited_today(tmp_path: Path) -> None:
    async with run_with_bot(tmp_path) as ana:
        await ana.slash("studio", "imagine", prompt="a lighthouse")
        first = await ana.see("studio", lambda m: bool(images_of(m)), "the image")

    async with run_with_bot(tmp_path) as ana:
        await ana.control.advance(DAY_S)
        bot_id = (await ana.state())["bot"]
        await ana.say("studio", f"<@{bot_id}> make it winter", reply_to=first["id"])
        edited = await ana.see("studio", lambda m: m["id"] != first["id"] and bool(images_of(m)), "the edited image")

    assert text_of(edited).startswith("make it winter")
    assert "same as input image" in text_of(edited)
