"""What people do in their Discord clients: the calls under ``/act`` of the control port.

A call that a Discord client would not allow raises ClientRefusal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox import permissions
from sandbox.discord import interactions, message_rules, reaction_rules
from sandbox.discord.errors import ClientRefusal, DiscordError
from sandbox.discord.forwards import forward_of
from sandbox.discord.message_rules import Upload
from sandbox.records import FORUM, Channel, Json, Message, Modal, Person
from sandbox.world import World

# What a client sends with a voice message: https://discord.com/developers/docs/resources/message (2026-11-24)
VOICE_MESSAGE = {"duration_secs": 1.5, "waveform": "AAAA", "content_type": "audio/ogg"}


class Actions:
    """Handlers of the calls under ``/act``."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> dict[str, Callable[[Json], Any]]:
        """Return the handler of each path. A handler takes the request's JSON and returns the answer's."""
        return {
            "/act/slash": self._slash,
            "/act/autocomplete": self._autocomplete,
            "/act/menu": self._menu,
            "/act/message": self._message,
            "/act/edit": self._edit,
            "/act/press": self._press,
            "/act/modal": self._modal,
            "/act/dismiss": self._dismiss,
            "/act/delete": self._delete,
            "/act/react": self._react,
            "/act/thread": self._thread,
            "/act/forge": self._forge,
        }

    def person(self, body: Json) -> Person:
        """Return the acting person. KeyError if no person has that id."""
        return self._world.people[str(body["person"])]

    def channel(self, body: Json) -> Channel:
        """Return the channel with this id, or with this name among the channels that the person can see."""
        person, name = self.person(body), str(body["channel"])
        if name == "dm":
            return self._world.bot_dm(person.id)
        seen = [channel for channel in self._world.channels.values() if self._world.sees(person.id, channel)]
        found = next((channel for channel in seen if name in (channel.id, channel.name)), None)
        if found is None:
            raise ClientRefusal(f"{person.name} cannot see a channel {name!r}")
        return found

    def _visible_message(self, body: Json) -> Message:
        """Return the message. ClientRefusal if the person cannot see it."""
        world, person = self._world, self.person(body)
        message = world.messages[str(body["message"])]
        if message.ephemeral_for not in (None, person.id):
            raise ClientRefusal(f"{person.name} cannot see that ephemeral message")
        if not world.sees(person.id, world.channels[message.channel_id]):
            raise ClientRefusal(f"{person.name} cannot see the channel of that message")
        return message

    def _slash(self, body: Json) -> Json:
        person, channel = self.person(body), self.channel(body)
        interaction = interactions.slash(self._world, person, channel, body["command"], body.get("options") or {})
        interaction.tab = body.get("tab")
        return {"interaction": interaction.id}

    def _autocomplete(self, body: Json) -> Json:
        person, channel, options = self.person(body), self.channel(body), body.get("options") or {}
        interaction = interactions.autocomplete(self._world, person, channel, body["command"], options, body["focused"])
        return {"interaction": interaction.id}

    def _menu(self, body: Json) -> Json:
        """Use a command of a message's context menu, or of a user's in a channel."""
        world, person, name = self._world, self.person(body), body["command"]
        if body.get("user") is not None:
            interaction = interactions.user_menu(world, person, self.channel(body), name, body["user"])
        else:
            message = self._visible_message(body)
            interaction = interactions.menu(world, person, world.channels[message.channel_id], name, message)
        interaction.tab = body.get("tab")
        return {"interaction": interaction.id}

    def _press(self, body: Json) -> Json:
        message = self._visible_message(body)
        interaction = interactions.press(self._world, self.person(body), message, body["custom_id"], body.get("values"))
        interaction.tab = body.get("tab")
        return {"interaction": interaction.id}

    def _modal(self, body: Json) -> Json:
        interaction = interactions.submit(self._world, self.person(body), self._open_modal(body), dict(body["values"]))
        interaction.tab = body.get("tab")
        return {"interaction": interaction.id}

    def _dismiss(self, body: Json) -> None:
        """Close a modal without submitting. As in Discord, the bot does not hear of it."""
        del self._world.modals[self._open_modal(body).id]
        self._world.changed()

    def _open_modal(self, body: Json) -> Modal:
        """Return the modal. ClientRefusal if it is not open, or open at another person."""
        modal = self._world.modals.get(str(body["modal"]))
        if modal is None:
            raise ClientRefusal("that modal is no longer open")
        if modal.person_id != str(body["person"]):
            raise ClientRefusal("another person has that modal open")
        return modal

    def _message(self, body: Json, **fixed: Any) -> Json:
        world, channel, person = self._world, self.channel(body), self.person(body)
        about = VOICE_MESSAGE if body.get("voice") else {}
        sent = [found if isinstance(found, dict) else {"id": found} for found in body.get("uploads") or []]
        uploads = [Upload(str(n), *self._upload(found["id"]), about) for n, found in enumerate(sent)]
        self._check_may_post(person, channel, uploads=bool(uploads))
        payload: Json = {
            "content": body.get("content", ""),
            "embeds": [_embed(world, e) for e in body.get("embeds") or []],
            "attachments": [_attachment(upload, found) for upload, found in zip(uploads, sent, strict=True)],
        }
        extra: Json = {}
        if (original := body.get("reply_to")) is not None:
            about = {"type": 0, "message_id": original, "channel_id": channel.id}
            about |= {} if channel.server_id is None else {"guild_id": channel.server_id}
            extra = {"type": 19, "message_reference": about, "_replies_to": original}
            if original not in world.messages:
                raise ClientRefusal("the message that you reply to was deleted")
            payload["_pings"] = _reply_pings(world.messages[original]) if body.get("ping_reply", True) else []
        if (original := body.get("forward")) is not None:
            extra = self._forward(self._visible_message({"person": person.id, "message": original}))
        if stickers := body.get("stickers"):
            extra["sticker_items"] = [{"id": world.snowflake(), **sticker} for sticker in stickers]
        message = message_rules.create(world, channel, person.id, payload, uploads, **extra, **fixed)
        return {"message": message.id}

    def _upload(self, upload_id: str) -> tuple[str, bytes]:
        """Return the name and the bytes of an upload. ClientRefusal for one of an earlier run."""
        if upload_id not in self._world.uploads:
            raise ClientRefusal(f"there is no upload {upload_id}")
        return self._world.uploads[upload_id]

    def _edit(self, body: Json) -> None:
        """Replace the text of the person's own message. The files stay; an edited reply pings no one."""
        message = self._visible_message(body)
        if message.author_id != str(body["person"]):
            raise ClientRefusal("people can edit only their own messages")
        message_rules.edit(self._world, message, {"content": body["content"]})

    def _check_may_post(self, person: Person, channel: Channel, *, uploads: bool) -> None:
        """Raise ClientRefusal if the person may not post here. Posting reopens an archived thread."""
        granted = self._world.permission_bits(person.id, channel)
        send = "SEND_MESSAGES_IN_THREADS" if channel.is_thread else "SEND_MESSAGES"
        needed = [send, *(["ATTACH_FILES"] if uploads else [])]
        if channel.server_id is not None and not permissions.has(granted, *needed):
            raise ClientRefusal(f"{person.name} may not post this in {channel.name}")
        if channel.kind == FORUM:
            raise ClientRefusal(f"{channel.name} is a forum: start a post instead")
        if channel.archived and channel.locked and not permissions.has(granted, "MANAGE_THREADS"):
            raise ClientRefusal(f"{channel.name} is locked")
        message_rules.unarchive(self._world, channel)

    def _forward(self, original: Message) -> Json:
        """Return the fields of a message that forwards *original*. ClientRefusal for an ephemeral one."""
        if original.ephemeral_for is not None:
            raise ClientRefusal("an ephemeral message cannot be forwarded")
        return forward_of(self._world, original)

    def _thread(self, body: Json) -> Json:
        """Start a thread in a channel, at a message, or as a forum post with its first message.

        With *people*, start a private thread of those people, the person and the bot.
        """
        world, person, parent = self._world, self.person(body), self.channel(body)
        needed = "SEND_MESSAGES" if parent.kind == FORUM else "CREATE_PUBLIC_THREADS"
        if (
            parent.server_id is None
            or parent.is_thread
            or not permissions.has(world.permission_bits(person.id, parent), needed)
        ):
            raise ClientRefusal(f"{person.name} may not start a thread in {parent.name}")
        if parent.kind == FORUM and not (body.get("content") or body.get("uploads")):
            raise ClientRefusal("a forum post needs a first message")
        at_message = body.get("message") and self._message_without_thread(body, parent)
        named = body.get("people")
        people = None if named is None else {*(world.people[name].id for name in named), person.id, world.bot_id}
        thread = world.add_thread(parent, body["name"], person.id, at_message=at_message, people=people)
        first = {}
        if body.get("content") or body.get("uploads"):
            # A forum post has the id of its first message.
            fixed = {"id": thread.id} if parent.kind == FORUM else {}
            about = {"person": person.id, "channel": thread.id, **_message_fields(body)}
            try:
                first = self._message(about, **fixed)
            except (ClientRefusal, DiscordError, KeyError):
                world.delete_channel(thread)
                raise
        return {"id": thread.id, **first}

    def _message_without_thread(self, body: Json, parent: Channel) -> str:
        """Return the id of the message that a thread starts at. ClientRefusal if no thread can start there."""
        message = self._visible_message(body)
        if message.channel_id != parent.id or parent.kind == FORUM or message.id in self._world.channels:
            raise ClientRefusal("no thread can start at that message")
        return message.id

    def _forge(self, body: Json) -> Json:
        """Send an interaction with any data, as a tampered client would."""
        person, channel = self.person(body), self.channel(body)
        extra = {}
        if body.get("message") is not None:
            extra["message"] = self._world.message_json(self._visible_message(body))
        interaction = interactions.create(self._world, person, channel, int(body["type"]), dict(body["data"]), **extra)
        if interaction.payload["type"] == interactions.SUBMIT:
            interaction.opened_by = interactions.add_opener(self._world, interaction)
        return {"interaction": interaction.id}

    def _delete(self, body: Json) -> None:
        message, person = self._visible_message(body), self.person(body)
        granted = self._world.permission_bits(person.id, self._world.channels[message.channel_id])
        if message.author_id != person.id and not permissions.has(granted, "MANAGE_MESSAGES"):
            raise ClientRefusal("deleting another author's message needs Manage Messages")
        message_rules.delete(self._world, message)

    def _react(self, body: Json) -> None:
        """Add the person's reaction to a message, or with *remove* remove it."""
        message, person = self._visible_message(body), self.person(body)
        if message.ephemeral_for is not None:
            raise ClientRefusal("an ephemeral message takes no reactions")
        change = reaction_rules.remove if body.get("remove") else reaction_rules.add
        try:
            change(self._world, message, person.id, str(body["emoji"]))
        except DiscordError as error:
            raise ClientRefusal(f"Discord refuses this reaction: {error.body['message']}") from None


def _message_fields(body: Json) -> Json:
    return {name: body[name] for name in ("content", "uploads") if name in body}


def _attachment(upload: Upload, sent: Json) -> Json:
    """Return what the client says of a file. A spoiler has a name that begins with ``SPOILER_``."""
    filename = f"SPOILER_{upload.filename}" if sent.get("spoiler") else upload.filename
    return {"id": upload.index, "filename": filename, "description": sent.get("description")}


def _reply_pings(original: Message) -> list[str]:
    """Return who a reply pings. A reply to a message of an interaction pings no one, as in Discord's clients."""
    return [] if original.body.get("webhook_id") else [original.author_id]


def _embed(world: World, embed: Json) -> Json:
    """Return the embed as Discord passes it on: an outside image gets a ``proxy_url`` of Discord's CDN."""
    if "image" in embed:
        file = next((f for f in reversed(world.files.values()) if f.filename == embed["image"].get("seen_as")), None)
        proxy = "" if file is None else world.signed_url(file)
        embed = {"type": "rich", **embed, "image": {"url": embed["image"]["url"], "proxy_url": proxy}}
    return embed
