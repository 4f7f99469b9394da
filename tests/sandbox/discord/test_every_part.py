"""The local Discord takes every part of a message that discord.py sends, and lists none as a violation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import discord
import pytest
from discord import app_commands

from sandbox.discord.openapi import ApiDescription
from sandbox.people import Control, Person
from sandbox.run import Sandbox
from tests.described import described_sandbox
from tests.sandbox.conftest import WireBot
from tests.sandbox.discord.discord_py import connected, new_client
from tests.sandbox.discord.every_part import embed, files, forms, layout, view

MENTIONS = discord.AllowedMentions(everyone=False, users=[discord.Object(1)], roles=True, replied_user=False)


@dataclass
class Bot:
    """A client of discord.py with one command, and the interactions that it got."""

    box: Sandbox
    ana: Person
    channel: Any
    got: asyncio.Queue[Any] = field(default_factory=asyncio.Queue)

    async def used(self) -> Any:
        await self.ana.slash(str(self.channel.id), "go")
        return await asyncio.wait_for(self.got.get(), 5)

    @property
    def person(self) -> int:
        return int(self.ana.id)


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    async with described_sandbox() as box, aiohttp.ClientSession() as session:
        client = new_client()
        found = Bot(box, await Control(session, box.control).person("Cleo"), None)
        tree = app_commands.CommandTree(client)

        @tree.command()
        async def go(interaction: discord.Interaction[Any]) -> None:
            """Answers."""
            await found.got.put(interaction)

        async with connected(box, client, tree):
            found.channel = client.get_channel(int(next(iter(box.world.channels))))
            yield found


async def test_every_part_of_a_message_is_taken(bot: Bot) -> None:
    send = bot.channel.send

    plain = await send("words", embed=embed(), files=files(), nonce=5, silent=True, suppress_embeds=True, tts=True)
    rows = await send(embeds=[embed(), discord.Embed(title="t")], view=view(bot.person), allowed_mentions=MENTIONS)
    card = await send(view=layout(bot.person), files=files())
    about = plain.to_reference(fail_if_not_exists=False)
    reply = await send("words", embed=discord.Embed(description="d"), reference=about, mention_author=True, nonce="x")
    await plain.add_reaction("✅")
    forwarded = await reply.forward(bot.channel.guild.text_channels[1])
    read = [message async for message in bot.channel.history(limit=5)]

    assert [len(one.embeds) for one in (plain, rows, card, reply)] == [1, 2, 0, 1]
    assert (rows.components[0].children[0].emoji.name, rows.components[0].children[1].emoji.id) == ("✅", 1234567890123)
    assert [one.id for one in read] == [reply.id, card.id, rows.id, plain.id]
    assert forwarded.message_snapshots[0].content == "words"


async def test_every_edit_of_a_message_is_taken(bot: Bot) -> None:
    plain = await bot.channel.send("words", embed=embed(), files=files())
    card = await bot.channel.send(view=layout(bot.person), files=files())

    kept = await plain.edit(content="other", embeds=[embed()], view=view(bot.person), suppress=True)
    more = await kept.add_files(*files())
    bare = await more.edit(content=None, embed=discord.Embed(title="t"), attachments=[], allowed_mentions=MENTIONS)
    await card.edit(view=layout(bot.person), attachments=files())

    assert [len(one.attachments) for one in (plain, kept, more, bare)] == [1, 1, 3, 0]
    assert len(bot.box.world.messages[str(card.id)].files) == 2


async def test_every_answer_to_an_interaction_is_taken(bot: Bot) -> None:
    rows = {"embeds": [embed()], "view": view(bot.person), "allowed_mentions": MENTIONS}
    sent = {"files": files()[:1], "tts": True, "silent": True, "suppress_embeds": True}

    first = await bot.used()
    await first.response.send_message("words", **rows, **sent)
    await first.edit_original_response(content="other", **rows, attachments=files())
    secret = await first.followup.send("words", **rows, files=files(), ephemeral=True, wait=True)
    await secret.edit(content="other", embeds=[embed()], attachments=files())
    card = await first.followup.send(view=layout(bot.person), files=files(), wait=True)
    await card.edit(view=layout(bot.person), attachments=files())
    second = await bot.used()
    await second.response.defer(ephemeral=True, thinking=True)
    await second.edit_original_response(embed=embed(), attachments=files())

    bodies = [message.body for message in bot.box.world.messages.values()]
    assert [body["content"] for body in bodies] == ["other", "other", "", ""]


async def test_a_form_with_every_field_is_taken(bot: Bot) -> None:
    for form in forms():
        interaction = await bot.used()
        await interaction.response.send_modal(form)

    assert len(bot.box.world.modals) == len(forms())


@pytest.mark.usefixtures("description")
async def test_a_field_that_discord_does_not_know_is_listed_and_ignored(wire: WireBot) -> None:
    status, message = await wire.post({"content": "words", "colour": 1})
    wrong, _ = await wire.post({"content": 5, "colour": 1})

    first, second = wire.box.record.part("violations")
    assert (status, message["content"], wrong) == (200, "words", 400)
    assert ("'colour' was unexpected" in first["what"], second["side"]) == (True, "bot")


def test_a_form_of_several_alternatives_needs_only_one(description: ApiDescription) -> None:
    assert description.tolerates("PATCH", "/channels/{channel_id}", {"name": "a", "colour": 1})
    assert not description.tolerates("PATCH", "/channels/{channel_id}", {"name": 5})
