"""Answers carry what Discord adds to them: the name of the used command, and the files that embeds show."""

from __future__ import annotations

import pytest

from sandbox.people import Json, Refused
from tests.sandbox.conftest import WireBot

MESSAGE = 4
COMMANDS: list[Json] = [
    {"name": "studio", "type": 1, "description": "d", "options": [
        {"type": 2, "name": "limits", "description": "d", "options": [
            {"type": 1, "name": "set", "description": "d"}]}]},
    {"name": "Edit image", "type": 3},
    {"name": "Who is", "type": 2},
]  # fmt: skip


async def test_an_answer_to_a_command_names_the_person_and_the_whole_command(wire: WireBot) -> None:
    await wire.register(*COMMANDS)
    interaction = wire.box.world.interactions[(await wire.ana.slash(wire.channel, "studio limits set")).id].payload

    await wire.answer(interaction, MESSAGE, content="done")

    shown = (await wire.ana.messages(wire.channel))[-1]
    assert shown["type"] == 20
    assert (shown["interaction"]["name"], shown["interaction"]["user"]["id"]) == ("studio limits set", wire.ana.id)


async def test_an_answer_to_a_menu_names_the_message_too(wire: WireBot) -> None:
    await wire.register(*COMMANDS)
    target = await wire.ana.say(wire.channel, "hello")
    sent = await wire.ana.menu("Edit image", {"id": target})

    await wire.answer(wire.box.world.interactions[sent.id].payload, MESSAGE, content="done")

    shown = (await wire.ana.messages(wire.channel))[-1]
    assert (shown["type"], shown["interaction"]["name"]) == (23, "Edit image")
    assert shown["interaction_metadata"]["target_message_id"] == target


async def test_an_answer_to_a_users_menu_names_the_user_too(wire: WireBot) -> None:
    await wire.register(*COMMANDS)
    sent = await wire.ana.user_menu(wire.channel, "Who is", wire.box.world.bot_id)

    await wire.answer(wire.box.world.interactions[sent.id].payload, MESSAGE, content="I am the bot")

    shown = (await wire.ana.messages(wire.channel))[-1]
    assert (shown["type"], shown["interaction"]["name"]) == (23, "Who is")
    assert shown["interaction_metadata"]["target_user"]["id"] == wire.box.world.bot_id
    for command, user in (("Edit image", wire.ana.id), ("Who is", "1")):
        with pytest.raises(Refused):
            await wire.ana.user_menu(wire.channel, command, user)


async def test_an_embed_shows_an_attached_file_that_no_longer_stands_alone(wire: WireBot) -> None:
    image = {"url": "attachment://a.png"}
    body = {"embeds": [{"image": image, "title": "t"}], "attachments": [{"id": 0, "filename": "a.png"}]}

    _status, sent = await wire.call("POST", f"/channels/{wire.channel}/messages", body, {"a.png": b"x"})

    shown = sent["embeds"][0]["image"]
    assert sent["attachments"] == []
    assert shown["url"].startswith(f"{wire.box.world.cdn}/attachments/")
    assert "attachment_id" not in shown
