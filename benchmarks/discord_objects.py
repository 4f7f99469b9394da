"""The objects of a local Discord that checks nothing: interactions, messages and the bot's own application.

The sandbox builds the interactions, so that the bot gets all that Discord sends. They are built before a measurement.
"""

from __future__ import annotations

import json

from sandbox.clock import Clock
from sandbox.discord import interactions
from sandbox.records import Channel, Json
from sandbox.world import World

PEOPLE, CHANNELS = 1000, 10
PROMPT, ATTACHMENT = 3, 11  # option types
INPUT_PX = (4000, 3000)
MESSAGE_CONTENT = 1 << 18


class Objects:
    """One server with its people and channels. *cdn* is the address of input images."""

    def __init__(self) -> None:
        self.world, self.cdn = World(Clock()), ""
        self._people = [self.world.add_person(f"Member{number}") for number in range(PEOPLE)]
        self._channels = [self.world.add_channel(f"channel-{number}") for number in range(CHANNELS)]
        self._sent = 0

    def imagine(self, *, input_bytes: int = 0) -> tuple[str, str]:
        """Return the token and the text of the event of one /imagine, with an input image if *input_bytes* is given.

        Each is of another member, until each member has one.
        """
        number, self._sent = self._sent, self._sent + 1
        person, channel = self._people[number % PEOPLE], self._channels[number % CHANNELS]
        data: Json = {"id": "1", "name": "imagine", "type": 1, "options": []}
        data["options"].append({"name": "prompt", "type": PROMPT, "value": f"a lighthouse at dusk, number {number}"})
        if input_bytes:
            file = self._attachment(number, channel, input_bytes)
            data["options"].append({"name": "image1", "type": ATTACHMENT, "value": file["id"]})
            data["resolved"] = {"attachments": {file["id"]: file}}
        sent = interactions.create(self.world, person, channel, interactions.COMMAND, data)
        self.world.interactions.clear()
        self.world.tokens.clear()
        return sent.token, json.dumps({"op": 0, "t": "INTERACTION_CREATE", "d": sent.payload})

    def _attachment(self, number: int, channel: Channel, size: int) -> Json:
        file_id, (width, height) = self.world.snowflake(), INPUT_PX
        url = f"{self.cdn}/ephemeral-attachments/{channel.id}/{file_id}/photo-{number}.jpg?ex=7fffffff&is=0&hm=0"
        return {
            "id": file_id, "filename": f"photo-{number}.jpg", "size": size, "url": url, "proxy_url": url,
            "content_type": "image/jpeg", "width": width, "height": height, "ephemeral": True,
        }  # fmt: skip

    def hello(self, gateway: str) -> list[Json]:
        """Return the events after an identify: READY, and the server."""
        server = self.world.server_json(self.world.servers[self.world.server_id])
        ready = {
            "v": 10, "user": self.me(), "guilds": [{"id": server["id"], "unavailable": True}], "session_id": "bench",
            "resume_gateway_url": gateway, "shard": [0, 1], "application": {"id": self.world.bot_id, "flags": 0},
        }  # fmt: skip
        return [
            {"op": 0, "s": 1, "t": "READY", "d": ready},
            {"op": 0, "s": 2, "t": "GUILD_CREATE", "d": server},
        ]

    def me(self) -> Json:
        """Return the bot's own user."""
        return {**self.world.user_json(self.world.bot_id), "mfa_enabled": False, "verified": True, "email": None}

    def application(self) -> Json:
        """Return the bot's application."""
        return {
            "id": self.world.bot_id, "name": "Wanvas", "icon": None, "description": "", "bot_public": True,
            "bot_require_code_grant": False, "verify_key": "0" * 64, "flags": MESSAGE_CONTENT,
            "owner": self.world.user_json(self._people[0].id), "team": None,
            "integration_types_config": {"0": {}, "1": {}},
        }  # fmt: skip

    def registered(self, commands: list[Json]) -> list[Json]:
        """Return registered commands as Discord answers them."""
        fixed = {"application_id": self.world.bot_id, "version": "1"}
        return [{"type": 1, "description": "", "id": str(n), **fixed, **c} for n, c in enumerate(commands, 1)]

    def message(self, message_id: str) -> Json:
        """Return a message of the bot."""
        return {
            "id": message_id, "channel_id": self._channels[0].id, "author": self.me(), "content": "",
            "timestamp": self.world.now_text(), "edited_timestamp": None, "tts": False, "mention_everyone": False,
            "mentions": [], "mention_roles": [], "attachments": [], "embeds": [], "pinned": False, "type": 20,
            "flags": 0, "components": [], "webhook_id": self.world.bot_id, "application_id": self.world.bot_id,
        }  # fmt: skip
