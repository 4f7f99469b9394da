"""A client of the control port: what tests and the tour hold in their hands."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

Json = dict[str, Any]

EPHEMERAL, LOADING = 1 << 6, 1 << 7


class Refused(Exception):
    """The control port, or a client, would not let that be done."""


class WaitTimeout(AssertionError):
    """What was waited for did not come in time."""


@dataclass(frozen=True)
class File:
    """A file in a person's hand."""

    name: str
    data: bytes


def text_of(message: Json) -> str:
    """Every word of a message, components too."""
    words = [message["content"], *(part.get("content") or part.get("label") or "" for part in components_of(message))]
    return "\n".join(word for word in words if word)


def components_of(value: Any) -> Iterator[Json]:
    """Every component of a message, nested ones too."""
    for component in value.get("components") or []:
        yield component
        yield from components_of(component)
        if component.get("accessory"):
            yield component["accessory"]


def images_of(message: Json) -> list[Json]:
    """The media that a message shows."""
    galleries = [part for part in components_of(message) if part["type"] == 12]
    return [item["media"] for gallery in galleries for item in gallery["items"]] + list(message["attachments"])


def button_id(message: Json, label: str) -> str:
    """The id of a button. Refused when there is none."""
    for part in components_of(message):
        if part.get("label") == label:
            return str(part["custom_id"])
    raise Refused(f"there is no button {label!r} on: {text_of(message)!r}")


class Control:
    """The control port. One for a test; people come from it."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session, self.url = session, url

    async def get(self, path: str, **query: str) -> Any:
        async with self._session.get(self.url + path, params=query) as answer:
            return await answer.json()

    async def post(self, path: str, **said: Any) -> Any:
        async with self._session.post(self.url + path, json=said) as answer:
            body = await answer.json()
            if answer.status >= 400:
                raise Refused(body["error"])
            return body

    async def file(self, attachment_id: str) -> bytes:
        async with self._session.get(f"{self.url}/files/{attachment_id}") as answer:
            return await answer.read()

    async def upload(self, file: File) -> str:
        url = f"{self.url}/uploads"
        async with self._session.post(url, params={"filename": file.name}, data=io.BytesIO(file.data)) as answer:
            return str((await answer.json())["id"])

    async def arm(self, name: str, times: int = 1, **arguments: Any) -> None:
        await self.post("/faults", name=name, times=times, **arguments)

    async def record(self, part: str) -> list[Json]:
        found: list[Json] = (await self.get("/record"))[part]
        return found

    async def bill(self) -> int:
        """Pictures that the local Wan would have charged for."""
        return int((await self.get("/wan/bill"))["images"])

    async def advance(self, seconds: float) -> None:
        await self.post("/clock", advance_s=seconds)

    async def person(self, name: str, **about: Any) -> Person:
        return Person(self, str((await self.post("/people", name=name, **about))["id"]), name)


@dataclass(frozen=True)
class SentInteraction:
    """An interaction that a person made."""

    control: Control
    id: str

    async def fetch(self) -> Json:
        found: Json = await self.control.get(f"/interaction/{self.id}")
        return found


class Person:
    """Somebody at a Discord client."""

    def __init__(self, control: Control, person_id: str, name: str) -> None:
        self.control, self.id, self.name = control, person_id, name

    async def state(self, after: int = -1) -> Json:
        found: Json = await self.control.get("/state", person=self.id, after=str(after))
        return found

    async def messages(self, channel: str) -> list[Json]:
        """What this person sees in a channel, by its name or id, or ``dm``."""
        return _messages(await self.state(), channel)

    async def slash(self, channel: str, command: str, /, **options: Any) -> SentInteraction:
        for name, value in options.items():
            if isinstance(value, File):
                options[name] = await self.control.upload(value)
        said = await self.control.post("/act/slash", person=self.id, channel=channel, command=command, options=options)
        return SentInteraction(self.control, said["interaction"])

    async def suggestions(self, channel: str, command: str, focused: str, **options: Any) -> list[Json]:
        """What the bot suggests for *focused*, when it has."""
        said = await self.control.post(
            "/act/autocomplete", person=self.id, channel=channel, command=command, options=options, focused=focused
        )
        asked = SentInteraction(self.control, said["interaction"])
        for _ in range(500):
            if (found := (await asked.fetch())["choices"]) is not None:
                return list(found)
            await asyncio.sleep(0.01)
        raise WaitTimeout(f"{self.name} waited 5 s for suggestions")

    async def thread(self, channel: str, name: str, **more: Any) -> str:
        """Begin a thread, or with *content* a forum's post; its id."""
        said = await self.control.post("/act/thread", person=self.id, channel=channel, name=name, **more)
        return str(said["id"])

    async def say(self, channel: str, content: str, files: Sequence[File] = (), **more: Any) -> str:
        uploads = [await self.control.upload(file) for file in files]
        said = await self.control.post(
            "/act/message", person=self.id, channel=channel, content=content, uploads=uploads, **more
        )
        return str(said["message"])

    async def edit(self, message_id: str, content: str) -> None:
        """Change the words of a message of one's own."""
        await self.control.post("/act/edit", person=self.id, message=message_id, content=content)

    async def menu(self, command: str, message: Json) -> SentInteraction:
        said = await self.control.post("/act/menu", person=self.id, command=command, message=message["id"])
        return SentInteraction(self.control, said["interaction"])

    async def press(self, message: Json, label: str, values: list[str] | None = None) -> SentInteraction:
        custom_id = button_id(message, label)
        said = await self.control.post(
            "/act/press", person=self.id, message=message["id"], custom_id=custom_id, values=values
        )
        return SentInteraction(self.control, said["interaction"])

    async def choose(self, message: Json, custom_id: str, *values: str) -> SentInteraction:
        """Choose in a select of a message; people, roles and channels by their ids."""
        said = await self.control.post(
            "/act/press", person=self.id, message=message["id"], custom_id=custom_id, values=list(values)
        )
        return SentInteraction(self.control, said["interaction"])

    async def forge(self, channel: str, kind: int, message: Json | None = None, **data: Any) -> SentInteraction:
        """Send an interaction that no client would: *kind* 2 a command, 3 a component, 5 a modal."""
        about = {} if message is None else {"message": message["id"]}
        said = await self.control.post("/act/forge", person=self.id, channel=channel, type=kind, data=data, **about)
        return SentInteraction(self.control, said["interaction"])

    async def fill(self, **values: Any) -> SentInteraction:
        """Submit the modal that is open, when it has opened."""
        state = await self.wait(lambda found: bool(found["modals"]), "a modal")
        for name, value in values.items():
            if isinstance(value, list):
                values[name] = [await self.control.upload(v) if isinstance(v, File) else v for v in value]
        modal = state["modals"][-1]["id"]
        said = await self.control.post("/act/modal", person=self.id, modal=modal, values=values)
        return SentInteraction(self.control, said["interaction"])

    async def wait(self, found: Callable[[Json], bool], what: str, timeout_s: float = 15.0) -> Json:
        """The first state in which *found* holds. NeverCame, naming *what*, after *timeout_s*."""
        revision = -1
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    state = await self.state(revision)
                    if found(state):
                        return state
                    revision = state["revision"]
        except TimeoutError:
            raise WaitTimeout(f"{self.name} waited {timeout_s:.0f} s for {what}") from None

    async def see(self, channel: str, found: Callable[[Json], bool], what: str, timeout_s: float = 15.0) -> Json:
        """The newest message of *channel* for which *found* holds, when it is there."""
        state = await self.wait(lambda s: any(map(found, _messages(s, channel))), what, timeout_s)
        return [message for message in _messages(state, channel) if found(message)][-1]


def _messages(state: Json, channel: str) -> list[Json]:
    wanted = [c["id"] for c in state["channels"] if (c["dm"] if channel == "dm" else channel in (c["id"], c["name"]))]
    found: list[Json] = state["messages"][wanted[0]] if wanted else []
    return found
