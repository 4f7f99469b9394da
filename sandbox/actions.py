"""What people do at their clients, as the control port takes it. What a client would not let them do is Impossible."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox import permissions
from sandbox.discord import interactions, message_rules
from sandbox.discord.command_permissions import ClientRefusal
from sandbox.discord.message_rules import Upload
from sandbox.records import FORUM, Channel, Json, Message, Person
from sandbox.world import World

# What a client says of a voice message: https://discord.com/developers/docs/resources/message (2026-11-24)
VOICE_MESSAGE = {"duration_secs": 1.5, "waveform": "AAAA", "content_type": "audio/ogg"}


class Actions:
    """The calls under ``/act``, and threads, which people begin."""

    def __init__(self, world: World) -> None:
        self._world = world

    def calls(self) -> dict[str, Callable[[Json], Any]]:
        return {
            "/act/slash": self._slash,
            "/act/autocomplete": self._autocomplete,
            "/act/menu": self._menu,
            "/act/message": self._message,
            "/act/edit": self._edit,
            "/act/press": self._press,
            "/act/modal": self._modal,
            "/act/delete": self._delete,
            "/act/thread": self._thread,
            "/act/forge": self._forge,
        }

    def person(self, said: Json) -> Person:
        return self._world.people[str(said["person"])]

    def channel(self, said: Json) -> Channel:
        """A channel by its id, or by its name among those that this person sees."""
        person, name = self.person(said), str(said["channel"])
        if name == "dm":
            return self._world.bot_dm(person.id)
        seen = [channel for channel in self._world.channels.values() if self._world.sees(person.id, channel)]
        found = next((channel for channel in seen if name in (channel.id, channel.name)), None)
        if found is None:
            raise ClientRefusal(f"{person.name} sees no channel {name!r}")
        return found

    def _seen(self, said: Json) -> Message:
        world, person = self._world, self.person(said)
        message = world.messages[str(said["message"])]
        if message.ephemeral_for not in (None, person.id):
            raise ClientRefusal("that message is somebody else's alone")
        if not world.sees(person.id, world.channels[message.channel_id]):
            raise ClientRefusal(f"{person.name} does not see the channel of that message")
        return message

    def _slash(self, said: Json) -> Json:
        person, channel = self.person(said), self.channel(said)
        made = interactions.slash(self._world, person, channel, said["command"], said.get("options") or {})
        return {"interaction": made.id}

    def _autocomplete(self, said: Json) -> Json:
        person, channel, options = self.person(said), self.channel(said), said.get("options") or {}
        made = interactions.autocomplete(self._world, person, channel, said["command"], options, said["focused"])
        return {"interaction": made.id}

    def _menu(self, said: Json) -> Json:
        message = self._seen(said)
        channel = self._world.channels[message.channel_id]
        made = interactions.menu(self._world, self.person(said), channel, said["command"], message)
        return {"interaction": made.id}

    def _press(self, said: Json) -> Json:
        message = self._seen(said)
        made = interactions.press(self._world, self.person(said), message, said["custom_id"], said.get("values"))
        return {"interaction": made.id}

    def _modal(self, said: Json) -> Json:
        modal = self._world.modals[str(said["modal"])]
        if modal.person_id != str(said["person"]):
            raise ClientRefusal("that modal is open at somebody else")
        made = interactions.submit(self._world, self.person(said), modal, dict(said["values"]))
        return {"interaction": made.id}

    def _message(self, said: Json, **fixed: Any) -> Json:
        world, channel, person = self._world, self.channel(said), self.person(said)
        about = VOICE_MESSAGE if said.get("voice") else {}
        uploads = [Upload(str(n), *world.uploads[name], about) for n, name in enumerate(said.get("uploads") or [])]
        self._check_may_post(person, channel, uploads=bool(uploads))
        payload: Json = {
            "content": said.get("content", ""),
            "embeds": [_embed(world, e) for e in said.get("embeds") or []],
        }
        extra: Json = {}
        if (there := said.get("reply_to")) is not None:
            about = {"type": 0, "message_id": there, "channel_id": channel.id}
            about |= {} if channel.server_id is None else {"guild_id": channel.server_id}
            extra = {"type": 19, "message_reference": about, "_replies_to": there}
            payload["_pings"] = _pinged(world.messages[there]) if said.get("ping_reply", True) else []
        if (there := said.get("forward")) is not None:
            extra = self._forwarded(world.messages[there])
        if stickers := said.get("stickers"):
            extra["sticker_items"] = [{"id": world.snowflake(), **sticker} for sticker in stickers]
        message = message_rules.create(world, channel, person.id, payload, uploads, **extra, **fixed)
        return {"message": message.id}

    def _edit(self, said: Json) -> None:
        """Other words in a message of one's own, whose files stay. What it replies to is pinged no more."""
        message = self._seen(said)
        if message.author_id != str(said["person"]):
            raise ClientRefusal("that message is not theirs to edit")
        message_rules.edit(self._world, message, {"content": said["content"]})

    def _check_may_post(self, person: Person, channel: Channel, *, uploads: bool) -> None:
        held = self._world.permission_bits(person.id, channel)
        send = "SEND_MESSAGES_IN_THREADS" if channel.is_thread else "SEND_MESSAGES"
        needed = [send, *(["ATTACH_FILES"] if uploads else [])]
        if channel.server_id is not None and not permissions.has(held, *needed):
            raise ClientRefusal(f"{person.name} may not post that in {channel.name}")
        if channel.kind == FORUM:
            raise ClientRefusal(f"{channel.name} is a forum: begin a post in it")
        if channel.archived and channel.locked and not permissions.has(held, "MANAGE_THREADS"):
            raise ClientRefusal(f"{channel.name} is locked")
        message_rules.unarchive(self._world, channel)

    def _forwarded(self, there: Message) -> Json:
        whole = self._world.message_json(there)
        names = ("type", "content", "embeds", "attachments", "timestamp", "edited_timestamp", "flags", "mentions",
                 "mention_roles", "components")  # fmt: skip
        about = {"type": 1, "message_id": there.id, "channel_id": whole["channel_id"]}
        if (server_id := self._world.channels[there.channel_id].server_id) is not None:
            about["guild_id"] = server_id
        shown = {"message": {name: whole[name] for name in names}}
        return {"message_reference": about, "message_snapshots": whole.get("message_snapshots") or [shown]}

    def _thread(self, said: Json) -> Json:
        """A thread in a channel, at a message of it, or a forum's post, which begins with a message.

        With *people* it is a private one, of them, the person, and the bot.
        """
        world, person, parent = self._world, self.person(said), self.channel(said)
        needed = "SEND_MESSAGES" if parent.kind == FORUM else "CREATE_PUBLIC_THREADS"
        if (
            parent.server_id is None
            or parent.is_thread
            or not permissions.has(world.permission_bits(person.id, parent), needed)
        ):
            raise ClientRefusal(f"{person.name} may begin no thread in {parent.name}")
        if parent.kind == FORUM and not (said.get("content") or said.get("uploads")):
            raise ClientRefusal("a forum's post begins with a message")
        people = None if said.get("people") is None else {*map(str, said["people"]), person.id, world.bot_id}
        thread = world.add_thread(parent, said["name"], person.id, at_message=said.get("message"), people=people)
        first = {}
        if said.get("content") or said.get("uploads"):
            # A forum's post has the id of its first message.
            fixed = {"id": thread.id} if parent.kind == FORUM else {}
            first = self._message({"person": person.id, "channel": thread.id, **_written(said)}, **fixed)
        return {"id": thread.id, **first}

    def _forge(self, said: Json) -> Json:
        """An interaction with any data at all, as a client that was tampered with would send it."""
        person, channel = self.person(said), self.channel(said)
        extra = {}
        if said.get("message") is not None:
            extra["message"] = self._world.message_json(self._seen(said))
        made = interactions.create(self._world, person, channel, int(said["type"]), dict(said["data"]), **extra)
        if made.payload["type"] == interactions.SUBMIT:
            made.opened_by = interactions.add_opener(self._world, made)
        return {"interaction": made.id}

    def _delete(self, said: Json) -> None:
        message, person = self._seen(said), self.person(said)
        held = self._world.permission_bits(person.id, self._world.channels[message.channel_id])
        if message.author_id != person.id and not permissions.has(held, "MANAGE_MESSAGES"):
            raise ClientRefusal("that message is not theirs to delete")
        message_rules.delete(self._world, message)


def _written(said: Json) -> Json:
    return {name: said[name] for name in ("content", "uploads") if name in said}


def _pinged(there: Message) -> list[str]:
    """Replying to what an interaction posted pings nobody: the reply ping is for regular messages."""
    return [] if there.body.get("webhook_id") else [there.author_id]


def _embed(world: World, embed: Json) -> Json:
    """An embed as Discord passes it on: an outside picture gets an address of Discord's own beside its own."""
    if "image" in embed:
        file = next((f for f in reversed(world.files.values()) if f.filename == embed["image"].get("seen_as")), None)
        proxy = "" if file is None else world.signed_url(file)
        embed = {"type": "rich", **embed, "image": {"url": embed["image"]["url"], "proxy_url": proxy}}
    return embed
