"""Messages that everyone in a server sees are in the server's language, and private answers in the reader's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from imagegen.errors import Reason
from sandbox.people import EPHEMERAL, Json, Person, private_answer, text_of
from tests.cogs.conftest import Room

TAKES = "没有占用你的额度"


async def a_server(room: Room, locale: str | None = None, **settings: Any) -> tuple[str, str]:
    """Return the ids of a new server, whose managers chose *settings*, and of a channel in it."""
    server = (await room.control.post("/servers", name="Pier", **({"locale": locale} if locale else {})))["id"]
    if settings:
        await room.service.server_admin.change(int(server), lambda before: replace(before, **settings), user_id=1)
    return server, room.channel_id(await room.channel_in(server))


async def a_member(room: Room, server: str, locale: str = "en-US") -> Person:
    return await room.control.person("Ana", server=server, locale=locale)


@pytest.mark.usefixtures("no_cards")
async def test_a_result_speaks_the_servers_language_and_answers_a_press_in_the_readers(room: Room) -> None:
    server, channel = await a_server(room, "zh-CN")
    ana = await a_member(room, server)

    result = await room.delivered(ana, channel, "a pier")
    answer = await private_answer(ana, await ana.press(result, "查看详情"))

    assert "再次生成" in text_of(result)
    assert "用了 1 张" in text_of(result)
    assert "Took" in text_of(answer)


@pytest.mark.usefixtures("no_cards")
async def test_a_community_server_in_english_answers_everyone_in_english(room: Room) -> None:
    server, channel = await a_server(room, "en-US")
    lin = await a_member(room, server, "zh-CN")

    assert "Generate again" in text_of(await room.delivered(lin, channel, "a pier"))


@pytest.mark.usefixtures("no_cards")
async def test_a_server_that_has_chosen_no_language_is_answered_in_the_requesters(room: Room) -> None:
    server, channel = await a_server(room)
    lin = await a_member(room, server, "zh-CN")

    assert "再次生成" in text_of(await room.delivered(lin, channel, "a pier"))


async def test_the_managers_choice_of_a_language_holds_for_cards_results_and_the_log(room: Room) -> None:
    server, channel = await a_server(room, "en-US", language="zh-CN")
    log = room.channel_id(await room.channel_in(server))
    await room.service.server_admin.change(int(server), lambda old: replace(old, log_channel_id=int(log)), user_id=1)
    ana = await a_member(room, server)
    await ana.slash(channel, "imagine", prompt="a pier")

    await room.delivery._status_cards.update(await room.queue_entry("a pier"))
    card = await ana.see(channel, lambda m: "a pier" in text_of(m), "the status card")
    result = await room.deliver(ana, channel, "a pier")
    (entry,) = await room.bot_messages(ana, log)

    assert "取消" in text_of(card)
    assert "下一个" in text_of(card)
    assert "再次生成" in text_of(result)
    assert "[查看]" in text_of(entry)


@pytest.mark.usefixtures("no_cards")
async def test_a_failure_is_told_the_requester_in_their_language_and_the_channel_in_the_servers(room: Room) -> None:
    server, channel = await a_server(room, "zh-CN")
    ana = await a_member(room, server)

    await ana.slash(channel, "imagine", prompt="answered")
    await room.delivery.notify(await room.failed_job("answered", Reason.UNANSWERED))
    await ana.slash(channel, "imagine", prompt="late")
    late = await room.failed_job("late", Reason.UNANSWERED)
    await room.delivery.notify(replace(late, address=late.address.without_token()))
    private, public = await split(room, ana, channel)

    assert "It didn't use your quota" in private
    assert TAKES in public
    assert "再次生成" in public


@pytest.mark.usefixtures("no_cards")
async def test_a_refused_mention_is_answered_in_the_servers_language(room: Room) -> None:
    server, channel = await a_server(room, language="zh-CN")
    ana = await a_member(room, server)

    await ana.say(channel, f"{room.mention} s/a/b/")
    notice = await ana.see(channel, lambda m: f"<@{ana.id}>" in text_of(m), "the notice")

    assert TAKES in text_of(notice)


@pytest.mark.usefixtures("no_cards")
async def test_a_result_that_only_a_direct_message_reaches_is_in_the_requesters_language(room: Room) -> None:
    server, channel = await a_server(room, "zh-CN")
    ana = await a_member(room, server)
    await ana.slash(channel, "imagine", prompt="a pier")
    job = await room.generated_job("a pier")
    await room.control.post("/permissions", channel=channel, deny=["VIEW_CHANNEL", "SEND_MESSAGES"])

    await room.delivery.deliver(replace(job, address=job.address.without_token()))
    (shown,) = await room.bot_messages(ana, "dm")

    assert "Generate again" in text_of(shown)


@pytest.mark.usefixtures("no_cards")
async def test_a_choice_in_the_channel_stays_in_the_servers_language_when_it_is_pressed(room: Room) -> None:
    server, channel = await a_server(room, "zh-CN")
    ana = await a_member(room, server)
    await ana.say(channel, f"{room.mention} a {{red|blue}} pier")
    choice = await ana.see(channel, lambda m: "pier" in text_of(m) and m["author"]["id"] != ana.id, "the choice")

    await ana.press(choice, "取消")
    canceled = await ana.see(channel, lambda m: m["id"] == choice["id"] and "pier" not in text_of(m), "the end")

    assert "已取消" in text_of(canceled)


async def split(room: Room, person: Person, channel: str) -> tuple[str, str]:
    """Return the text of what only *person* sees in a channel, and of what everyone sees."""
    found = await room.bot_messages(person, channel)
    private: list[Json] = [message for message in found if message["flags"] & EPHEMERAL]
    return "\n".join(map(text_of, private)), "\n".join(text_of(m) for m in found if m not in private)
