"""Play ``python bot.py verify`` in the sandbox, as a process, with an operator who does what the card says."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from sandbox.people import Control, File, Json, Person, components_of, text_of
from sandbox.run import Sandbox
from tests.described import all_happen, described_sandbox
from tests.end_to_end.conftest import png
from tests.warm_bot import WarmBot

CHANNEL = "harbor"
_ASKED = re.compile(r"^  -> (.+)$", re.MULTILINE)


@dataclass
class Verification:
    """A sandbox, the operator's settings, and the operator at a Discord client."""

    sandbox: Sandbox
    control: Control
    bot: WarmBot
    operator: Person
    folder: Path
    image: str = ""  # the message of the operator's image
    done: list[str] = field(default_factory=list)  # what the operator was asked for, and did

    @property
    def mention(self) -> str:
        return f"<@{self.sandbox.world.bot_id}>"

    @property
    def channel_id(self) -> str:
        return next(c.id for c in self.sandbox.world.channels.values() if c.name == CHANNEL)

    async def play(self, *arguments: str, instead: Mapping[str, Act] | None = None) -> int:
        """Start, do what is asked for until the end, and return the exit code. *instead* are other acts, by key."""
        await self.bot.spawn("verify", "--channel", self.channel_id, "--yes", *arguments)
        acts = [*(instead or {}).items(), *ACTS.items()]
        assert self.bot.process is not None
        while self.bot.process.returncode is None:
            asked = _ASKED.findall(self.output)
            for todo in asked[len(self.done) :]:
                self.done.append(todo)
                await next(act for start, act in acts if todo.startswith(start))(self)
            await asyncio.sleep(0.02)
        return await self.bot.process.wait()

    @property
    def output(self) -> str:
        return self.bot.log.read_text(encoding="utf-8") if self.bot.log.exists() else ""

    def report(self) -> dict[str, Any]:
        (found,) = self.folder.glob("wanvas-verify-*.json")
        report: dict[str, Any] = json.loads(found.read_text(encoding="utf-8"))
        return report

    def verdict(self, key: str) -> tuple[str, str]:
        """Return the verdict of an item, and what was seen of it."""
        (item,) = [item for item in self.report()["items"] if item["key"] == key]
        return item["verdict"], item["seen"]

    def verdicts(self) -> dict[str, str]:
        return {item["key"]: item["verdict"] for item in self.report()["items"]}

    def secrets_written(self) -> list[str]:
        """Return the secrets, interaction tokens and signatures of links that stand in the report or the output."""
        box, files = self.sandbox, [*self.folder.glob("wanvas-verify-*"), self.bot.log]
        secrets = [box.token, box.key, *box.world.tokens, "hm=", "Signature="]
        return [secret for file in files for secret in secrets if secret in file.read_text(encoding="utf-8")]

    async def card(self) -> Json:
        return await self.operator.see(CHANNEL, lambda message: "Verifying this bot" in text_of(message), "the card")

    async def card_with(self, label: str) -> Json:
        """Return the card as soon as it has a button with this label."""

        def has_it(message: Json) -> bool:
            return any(part.get("label") == label for part in components_of(message))

        return await self.operator.see(CHANNEL, has_it, label)

    async def press(self, label: str) -> None:
        """Press a button of the card, as soon as the card has the button."""
        await self.operator.press(await self.card_with(label), label)


Act = Callable[[Verification], Awaitable[Any]]


async def _post_image(run: Verification) -> None:
    run.image = await run.operator.say(CHANNEL, "a bay", [File("SPOILER_bay.png", png((64, 64)))])


async def _imagine(run: Verification) -> None:
    await run.operator.slash(CHANNEL, "imagine", prompt="hello")


async def _imagine_without(run: Verification, permission: str) -> None:
    closed = await run.control.post("/channels", name=f"no-{permission.lower()}", deny=[permission])
    await run.operator.slash(closed["id"], "imagine", prompt="hello")


async def _imagine_elsewhere(run: Verification) -> None:
    other = await run.control.person("Friend")
    await run.control.post("/people/change", person=run.operator.id, installed=True)
    group = await run.control.post("/groups", people=[run.operator.id, other.id])
    await run.operator.slash(group["id"], "imagine", prompt="hello")


async def _say(run: Verification, content: str, **more: Any) -> None:
    await run.operator.say(CHANNEL, content, **more)


async def _mention_role(run: Verification) -> None:
    roles = run.sandbox.world.servers[run.sandbox.world.server_id].roles.values()
    await _say(run, f"<@&{next(role.id for role in roles if role.managed)}> hello")


async def _reply_to_result(run: Verification) -> None:
    result = await run.operator.see(CHANNEL, lambda message: "seed" in text_of(message), "the result")
    await _say(run, "lovely", reply_to=result["id"])


async def _use_menu(run: Verification) -> None:
    if not run.image:
        await _post_image(run)
    await run.operator.menu("Edit image", {"id": run.image})


async def _choose_step(run: Verification) -> None:
    def has_select(message: Json) -> bool:
        return any(part.get("custom_id") == "verify:step" for part in components_of(message))

    await run.operator.choose(await run.operator.see(CHANNEL, has_select, "the private card"), "verify:step", "1")


async def _nothing(_run: Verification) -> None: ...


async def _imagine_without_send(run: Verification) -> None:
    await _imagine_without(run, "SEND_MESSAGES")


async def _imagine_without_attach(run: Verification) -> None:
    await _imagine_without(run, "ATTACH_FILES")


# What the operator does, by the beginning of what the terminal asks for. The first that fits counts.
ACTS: Mapping[str, Act] = {
    "Type /imagine prompt:hello in this channel": _imagine,
    "Type /imagine prompt:private": _imagine,
    "Type /imagine prompt:hello in a channel where you have denied the bot Send": _imagine_without_send,
    "Type /imagine prompt:hello in a channel where you have denied the bot Attach": _imagine_without_attach,
    "Add the bot to your account": _imagine_elsewhere,
    "Press Open private card": lambda run: run.press("Open private card"),
    "Press Open form": lambda run: run.press("Open form"),
    "Choose Edit step 1": _choose_step,
    "Submit the form": lambda run: run.operator.fill(),
    "Write anything into the form": lambda run: run.operator.fill(words="over a desert"),
    "Right-click a message": _use_menu,
    "Post an image": _post_image,
    "Post: @the bot hello. In the picker": _mention_role,
    "Post: @the bot hello": lambda run: _say(run, f"{run.mention} hello"),
    "Reply to your image": lambda run: _say(run, f"{run.mention} make it blue", reply_to=run.image),
    "Reply to the result": _reply_to_result,
    "Edit the message of your image": lambda run: run.operator.edit(run.image, f"a bay {run.mention}"),
    "Forward your image": lambda run: _say(run, "", forward=run.image),
    "Wait a moment": _nothing,
}


@asynccontextmanager
async def verification(folder: Path, **settings: str) -> AsyncIterator[Verification]:
    """Run a sandbox for a verification. The application's owner, Ana, is the operator."""
    async with described_sandbox() as box, aiohttp.ClientSession() as session:
        control, ana = Control(session, box.control), next(iter(box.world.people.values()))
        bot = WarmBot(box, folder, **settings)
        try:
            with all_happen(box.faults):
                yield Verification(box, control, bot, Person(control, ana.id, ana.name), folder)
        finally:
            await bot.kill()
