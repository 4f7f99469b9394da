"""A client of the control port. Tests and the tour act through it as people at Discord clients."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

Json = dict[str, Any]

EPHEMERAL, LOADING, V2 = 1 << 6, 1 << 7, 1 << 15
NO_CHANNEL = "-"  # no channel has this name
WAIT_S = 45.0  # a wait ends as soon as there is something to see; only a busy machine needs this long


class Refused(Exception):
    """The control port refused a call, or a Discord client would not allow the action."""


class WaitTimeout(AssertionError):
    """A state or message did not appear within the wait."""


@dataclass(frozen=True)
class File:
    """A file that a person can attach."""

    name: str
    data: bytes


def text_of(message: Json) -> str:
    """Return all text of a message, one line for each part, the labels of its components included."""
    lines = [message["content"], *(part.get("content") or part.get("label") or "" for part in components_of(message))]
    return "\n".join(line for line in lines if line)


def components_of(value: Any) -> Iterator[Json]:
    """Yield every component of a message, nested ones and accessories included."""
    for component in value.get("components") or []:
        yield component
        yield from components_of(component)
        if component.get("accessory"):
            yield component["accessory"]


def images_of(message: Json) -> list[Json]:
    """Return the media objects and attachments that a message shows. A card shows only what its components show.

    https://discord.com/developers/docs/components/reference (2026-11-30)
    """
    galleries = [part for part in components_of(message) if part["type"] == 12]
    files = [] if message["flags"] & V2 else list(message["attachments"])
    return [item["media"] for gallery in galleries for item in gallery["items"]] + files


def button_id(message: Json, label: str) -> str:
    """Return the custom id of the button with this label. Refused if the message has none."""
    for part in components_of(message):
        if part.get("label") == label:
            return str(part["custom_id"])
    raise Refused(f"the message has no button {label!r}: {text_of(message)!r}")


class Control:
    """A connection to one control port."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session, self.url = session, url

    async def get(self, path: str, **query: str) -> Any:
        """Return the JSON that a GET answers."""
        async with self._session.get(self.url + path, params=query) as answer:
            return await answer.json()

    async def post(self, path: str, **fields: Any) -> Any:
        """Send *fields* as JSON and return the answer. Refused, with the sandbox's sentence, for any 4xx or 5xx."""
        async with self._session.post(self.url + path, json=fields) as answer:
            body = await answer.json()
            if answer.status >= 400:
                raise Refused(body["error"])
            return body

    async def file(self, attachment_id: str) -> bytes:
        """Return the bytes of a posted file."""
        async with self._session.get(f"{self.url}/files/{attachment_id}") as answer:
            return await answer.read()

    async def upload(self, file: File) -> str:
        """Hand a file to the sandbox, and return the upload's id for an action to use."""
        url = f"{self.url}/uploads"
        async with self._session.post(url, params={"filename": file.name}, data=io.BytesIO(file.data)) as answer:
            return str((await answer.json())["id"])

    async def arm(self, name: str, times: int = 1, **arguments: Any) -> None:
        """Arm a fault for the next *times* occasions. Refused for an unknown name or argument."""
        await self.post("/faults", name=name, times=times, **arguments)

    async def record(self, part: str) -> list[Json]:
        """Return one part of the record: ``discord``, ``gateway``, ``cdn``, ``wan``, ``outside`` or ``violations``."""
        found: list[Json] = (await self.get("/record", part=part))[part]
        return found

    async def bill(self) -> int:
        """Return how many images the local Wan has billed."""
        return int((await self.get("/wan/bill"))["images"])

    async def bill_microusd(self) -> int:
        """Return what the local Wan has billed, by list prices in micro-dollars."""
        return int((await self.get("/wan/bill"))["microusd"])

    async def advance(self, seconds: float) -> None:
        """Advance the sandbox's clock."""
        await self.post("/clock", advance_s=seconds)

    async def person(self, name: str, **fields: Any) -> Person:
        """Add a person and return them. *fields* are those of ``POST /people``."""
        return Person(self, str((await self.post("/people", name=name, **fields))["id"]), name)


@dataclass(frozen=True)
class SentInteraction:
    """An interaction that a person's client has sent."""

    control: Control
    id: str

    async def fetch(self) -> Json:
        """Return what the bot has answered so far, in the shape of ``GET /interaction/<id>``."""
        found: Json = await self.control.get(f"/interaction/{self.id}")
        return found


async def private_answer(person: Person, sent: SentInteraction) -> Json:
    """Return the ephemeral answer to an interaction, or the newest ephemeral follow-up. WaitTimeout after WAIT_S."""
    for _ in range(round(WAIT_S / 0.05)):
        answers = await sent.fetch()
        found = [answer for answer in (answers["response"], *answers["followups"]) if answer]
        private: list[Json] = [answer for answer in found if answer["flags"] & EPHEMERAL and text_of(answer)]
        if private:
            return private[-1]
        await asyncio.sleep(0.05)
    raise WaitTimeout(f"{person.name} waited {WAIT_S:.0f} s for an ephemeral answer")


class Person:
    """A person at a Discord client. Each action raises Refused for what a client would not allow."""

    def __init__(self, control: Control, person_id: str, name: str) -> None:
        self.control, self.id, self.name = control, person_id, name

    async def state(self, after: int = -1, channel: str = "") -> Json:
        """Return what this person sees. With *after*, wait until the world is newer than that revision.

        With *channel*, named by name, id or ``dm``, leave out other channels, people, servers and commands.
        """
        found: Json = await self.control.get("/state", person=self.id, after=str(after), channel=channel)
        return found

    async def messages(self, channel: str) -> list[Json]:
        """Return the messages that this person sees in a channel, named by name, id or ``dm``."""
        return _messages(await self.state(channel=channel), channel)

    async def slash(self, channel: str, command: str, /, **options: Any) -> SentInteraction:
        """Use a slash command. A File among the options is uploaded first."""
        options = await self._uploaded(options)
        answer = await self.control.post(
            "/act/slash", person=self.id, channel=channel, command=command, options=options
        )
        return SentInteraction(self.control, answer["interaction"])

    async def _uploaded(self, options: Json) -> Json:
        """Return *options* with the id of an upload in place of each File."""
        return {name: await self.control.upload(v) if isinstance(v, File) else v for name, v in options.items()}

    async def suggestions(self, channel: str, command: str, focused: str, **options: Any) -> list[Json]:
        """Return the bot's suggestions for the option *focused*. WaitTimeout after WAIT_S."""
        options = await self._uploaded(options)
        answer = await self.control.post(
            "/act/autocomplete", person=self.id, channel=channel, command=command, options=options, focused=focused
        )
        sent = SentInteraction(self.control, answer["interaction"])
        for _ in range(round(WAIT_S / 0.01)):
            if (found := (await sent.fetch())["choices"]) is not None:
                return list(found)
            await asyncio.sleep(0.01)
        raise WaitTimeout(f"{self.name} waited {WAIT_S:.0f} s for suggestions")

    async def thread(self, channel: str, name: str, **more: Any) -> str:
        """Start a thread, or with *content* a forum post, and return its id."""
        answer = await self.control.post("/act/thread", person=self.id, channel=channel, name=name, **more)
        return str(answer["id"])

    async def say(self, channel: str, content: str, files: Sequence[File] = (), **more: Any) -> str:
        """Post a message and return its id. *more* are further fields of ``POST /act/message``."""
        uploads = [await self.control.upload(file) for file in files]
        answer = await self.control.post(
            "/act/message", person=self.id, channel=channel, content=content, uploads=uploads, **more
        )
        return str(answer["message"])

    async def edit(self, message_id: str, content: str) -> None:
        """Replace the text of the person's own message."""
        await self.control.post("/act/edit", person=self.id, message=message_id, content=content)

    async def react(self, message_id: str, emoji: str, *, remove: bool = False) -> None:
        """Add a reaction to a message, or with *remove* remove the own one."""
        await self.control.post("/act/react", person=self.id, message=message_id, emoji=emoji, remove=remove)

    async def menu(self, command: str, message: Json) -> SentInteraction:
        """Use a command of a message's context menu (Apps)."""
        answer = await self.control.post("/act/menu", person=self.id, command=command, message=message["id"])
        return SentInteraction(self.control, answer["interaction"])

    async def user_menu(self, channel: str, command: str, user_id: str) -> SentInteraction:
        """Use a command of a user's context menu (Apps)."""
        answer = await self.control.post("/act/menu", person=self.id, channel=channel, command=command, user=user_id)
        return SentInteraction(self.control, answer["interaction"])

    async def press(self, message: Json, label: str, values: list[str] | None = None) -> SentInteraction:
        """Press the button with this label. For a select, *values* are the chosen values."""
        custom_id = button_id(message, label)
        answer = await self.control.post(
            "/act/press", person=self.id, message=message["id"], custom_id=custom_id, values=values
        )
        return SentInteraction(self.control, answer["interaction"])

    async def choose(self, message: Json, custom_id: str, *values: str) -> SentInteraction:
        """Choose in a select of a message. People, roles and channels are named by their ids."""
        answer = await self.control.post(
            "/act/press", person=self.id, message=message["id"], custom_id=custom_id, values=list(values)
        )
        return SentInteraction(self.control, answer["interaction"])

    async def forge(self, channel: str, kind: int, message: Json | None = None, **data: Any) -> SentInteraction:
        """Send an interaction that no client would send. *kind* is 2 for a command, 3 a component, 5 a modal."""
        extra = {} if message is None else {"message": message["id"]}
        answer = await self.control.post("/act/forge", person=self.id, channel=channel, type=kind, data=data, **extra)
        return SentInteraction(self.control, answer["interaction"])

    async def fill(self, **values: Any) -> SentInteraction:
        """Wait for a modal to open and submit it with *values*. Files in a list are uploaded first."""
        state = await self.wait(lambda found: bool(found["modals"]), "a modal", channel=NO_CHANNEL)
        for name, value in values.items():
            if isinstance(value, list):
                values[name] = [await self.control.upload(v) if isinstance(v, File) else v for v in value]
        modal = state["modals"][-1]["id"]
        answer = await self.control.post("/act/modal", person=self.id, modal=modal, values=values)
        return SentInteraction(self.control, answer["interaction"])

    async def wait(
        self, found: Callable[[Json], bool], what: str, timeout_s: float = WAIT_S, channel: str = ""
    ) -> Json:
        """Return the first state for which *found* holds. WaitTimeout, naming *what*, after *timeout_s*."""
        revision = -1
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    state = await self.state(revision, channel)
                    if found(state):
                        return state
                    revision = state["revision"]
        except TimeoutError:
            raise WaitTimeout(f"{self.name} waited {timeout_s:.0f} s for {what}") from None

    async def see(self, channel: str, found: Callable[[Json], bool], what: str, timeout_s: float = WAIT_S) -> Json:
        """Return the newest message of a channel for which *found* holds, as soon as there is one."""
        state = await self.wait(lambda s: any(map(found, _messages(s, channel))), what, timeout_s, channel)
        return [message for message in _messages(state, channel) if found(message)][-1]


def _messages(state: Json, channel: str) -> list[Json]:
    wanted = [c["id"] for c in state["channels"] if (c["dm"] if channel == "dm" else channel in (c["id"], c["name"]))]
    found: list[Json] = state["messages"][wanted[0]] if wanted else []
    return found
