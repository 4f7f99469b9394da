"""A small bot of the tests, without a library: it answers each command, button and form as its script says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from sandbox.people import EPHEMERAL
from tests.page import bot_cards, bot_commands
from tests.sandbox.conftest import WITH_CONTENT, WireBot

Json = dict[str, Any]
COMMAND, COMPONENT, AUTOCOMPLETE, SUBMIT = 2, 3, 4, 5  # types of interactions
MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9  # types of answers
WAIT_S = 15.0


@dataclass
class ScriptedBot(WireBot):
    """Answers by what the command or the component is called. ``/slow`` waits for ``finish``."""

    got: list[Json] = field(default_factory=list)  # the interactions, oldest first
    cards: dict[str, Json] = field(default_factory=lambda: dict(bot_cards.CARDS))  # what each command answers
    modals: dict[str, Json] = field(default_factory=lambda: dict(bot_cards.MODALS))  # what each command or button opens
    suggestions: list[Json] = field(default_factory=lambda: list(bot_commands.SUGGESTIONS))
    _finished: asyncio.Event = field(default_factory=asyncio.Event)
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Register the commands, connect, and answer for the length of the block. An error of the script fails it."""
        await self.register(*bot_commands.COMMANDS)
        async with self.events(WITH_CONTENT) as events, asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(self._serve(events.socket, tasks))
            yield
            self.finish()
            serving.cancel()

    def finish(self) -> None:
        """Let ``/slow`` answer, and every later one at once."""
        self._finished.set()

    async def heard(self, found: Callable[[Json], bool], what: str) -> Json:
        """Return the newest interaction for which *found* holds, as soon as there is one. TimeoutError after 15 s."""
        async with asyncio.timeout(WAIT_S), self._arrived:
            await self._arrived.wait_for(lambda: any(map(found, self.got)))
        return [one for one in self.got if found(one)][-1]

    async def used(self, command: str) -> Json:
        """Return the options that came with the newest use of a command, by their names."""
        interaction = await self.heard(lambda one: one["type"] == COMMAND and _path(one)[0] == command, command)
        return _path(interaction)[1]

    async def submitted(self) -> Json:
        """Return the values of the newest form that was sent, by their custom ids."""
        return _values((await self.heard(lambda one: one["type"] == SUBMIT, "a form"))["data"])

    async def _serve(self, socket: Any, tasks: asyncio.TaskGroup) -> None:
        while True:
            event = await socket.receive_json()
            if event["t"] == "INTERACTION_CREATE":
                tasks.create_task(self._answer(event["d"]))
            if event["t"] == "MESSAGE_CREATE" and self._is_mentioned(event["d"]):
                tasks.create_task(self._reply(event["d"]))

    def _is_mentioned(self, message: Json) -> bool:
        mentioned = {one["id"] for one in message["mentions"]}
        return self.box.world.bot_id in mentioned and not message["author"].get("bot")

    async def _reply(self, message: Json) -> None:
        """Answer a mention with a reply that says how many files came."""
        body = {
            "content": f"You sent {len(message['attachments'])} files.",
            "message_reference": {"message_id": message["id"]},
        }
        await self.call("POST", f"/channels/{message['channel_id']}/messages", body)

    async def _answer(self, one: Json) -> None:
        async with self._arrived:
            self.got.append(one)
            self._arrived.notify_all()
        answer = {
            COMMAND: self._command, COMPONENT: self._component, AUTOCOMPLETE: self._suggest, SUBMIT: self._submit,
        }[one["type"]]  # fmt: skip
        await answer(one)

    async def _command(self, one: Json) -> None:
        name = _path(one)[0]
        if name == "silent":
            return  # the page says after 3 s that the bot did not answer
        if name in self.modals:
            await self._ok(one, MODAL, **self.modals[name])
        elif name in self.cards:
            await self._ok(one, MESSAGE, **self.cards[name])
        elif name in ("slow", "slow-secret"):
            await self._later(one, EPHEMERAL if name == "slow-secret" else 0)
        else:
            await self._ok(one, MESSAGE, content=f"{name} {json.dumps(_path(one)[1], ensure_ascii=False)}")

    async def _later(self, one: Json, flags: int) -> None:
        await self._ok(one, DEFERRED, flags=flags)
        await self._finished.wait()
        await self.call("PATCH", self.hook(one, "/messages/@original"), {"content": "Done at last."})

    async def _component(self, one: Json) -> None:
        name = one["data"]["custom_id"]
        if name in self.modals:
            await self._ok(one, MODAL, **self.modals[name])
        elif name == "count":
            await self._ok(one, UPDATE, **bot_cards.counted(one["message"]))
        elif name == "slow":
            await self._ok(one, DEFERRED_UPDATE)
            await self._finished.wait()
            await self.call("PATCH", self.hook(one, "/messages/@original"), bot_cards.counted(one["message"]))
        elif name != "silent":
            said = f"{name} {json.dumps(one['data'].get('values', []), ensure_ascii=False)}"
            await self._ok(one, MESSAGE, content=said, flags=EPHEMERAL)

    async def _suggest(self, one: Json) -> None:
        typed = str(next(o["value"] for o in _leaf(one)[1] if o.get("focused")))
        fits = [choice for choice in self.suggestions if typed.lower() in choice["name"].lower()]
        await self._ok(one, CHOICES, choices=fits[:25])

    async def _submit(self, one: Json) -> None:
        said = json.dumps(_values(one["data"]), ensure_ascii=False)
        await self._ok(one, MESSAGE, content=f"{one['data']['custom_id']} {said}", flags=EPHEMERAL)

    async def _ok(self, one: Json, kind: int, **data: Any) -> None:
        """Answer, and fail the test if Discord refuses the answer."""
        status, said = await self.answer(one, kind, **data)
        assert status == 200, said


def _leaf(one: Json) -> tuple[list[str], list[Json]]:
    """Return the name of a command with its groups, and the options of the last of them."""
    names, options = [one["data"]["name"]], one["data"].get("options", [])
    while options and options[0]["type"] in (1, 2):
        names, options = [*names, options[0]["name"]], options[0].get("options", [])
    return names, options


def _path(one: Json) -> tuple[str, Json]:
    """Return the name of a command with its groups, and its options by name."""
    names, options = _leaf(one)
    return " ".join(names), {option["name"]: option["value"] for option in options}


def _values(data: Json) -> Json:
    fields = [part["component"] if "component" in part else part["components"][0]
              for part in data["components"] if "component" in part or "components" in part]  # fmt: skip
    return {one["custom_id"]: one.get("value", one.get("values")) for one in fields}
