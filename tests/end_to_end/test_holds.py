"""Where managers want it, a result waits for them: Show delivers it, Withhold returns the quota and says why."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, update

from imagegen.policy.server_settings import DEFAULT_SETTINGS, ServerSettings
from imagegen.store import audit, server_settings
from imagegen.store.tables_jobs import jobs
from sandbox.people import EPHEMERAL, WAIT_S, Json, Person, components_of, images_of, private_answer, text_of
from tests.end_to_end.conftest import House, house_in, is_result, ours, result, says
from tests.end_to_end.dying_holds import AFTER_CARD, AFTER_SHOW, AFTER_WITHHOLD, BEFORE_CARD

WAITS = "A manager of this server looks at it before it's shown here."


@dataclass
class Held:
    """A channel whose results managers look at first, and the log channel in which they do."""

    house: House
    engine: Engine
    ana: Person
    boss: Person
    channel: str
    log: str

    async def settings(self, **settings: Any) -> None:
        """Store the settings of the server as if managers had chosen them."""
        wanted = replace(DEFAULT_SETTINGS, **settings)

        def change(_: ServerSettings) -> ServerSettings:
            return wanted

        server_id = int(self.house.sandbox.world.server_id)
        await self.write(server_settings.change_settings, server_id, change, user_id=1, now=datetime.now(UTC))

    async def write(self, transaction: Callable[..., object], *args: object, **more: object) -> object:
        """Run a transaction on the bot's database, and return its result."""

        def run() -> object:
            with self.engine.begin() as tx:
                return transaction(tx, *args, **more)

        return await asyncio.to_thread(run)

    def id_of(self, name: str) -> int:
        """Return the id of the channel with this name."""
        channels = self.house.sandbox.world.channels.values()
        return next(int(channel.id) for channel in channels if channel.name == name)

    async def card(self, prompt: str, words: str = "") -> Json:
        """Return the managers' card about *prompt*, as soon as it has these words."""
        return await self.boss.see(
            self.log, lambda m: "review" in str(m["components"]) and prompt in text_of(m) and words in text_of(m), words
        )

    async def cards(self) -> int:
        """Return how many cards the managers have."""
        return sum(bool(images_of(message)) for message in await ours(self.house, self.boss, self.log))

    async def is_public(self, prompt: str) -> bool:
        """Return whether the channel shows the image of *prompt*."""
        return any(is_result(m) and prompt in text_of(m) for m in await self.ana.messages(self.channel))

    async def told(self, words: str) -> str:
        """Return what ana alone reads, as soon as it has these words."""
        return text_of(
            await self.ana.see(self.channel, lambda m: bool(m["flags"] & EPHEMERAL) and words in text_of(m), words)
        )


@asynccontextmanager
async def holding(house: House) -> AsyncIterator[Held]:
    """Let managers look first at the results of a new channel, until the end of the block."""
    engine = create_engine(house.bot.environment()["DATABASE_URL"], connect_args={"timeout": 20})
    people = await house.new_person(), await house.new_person(manager=True)
    found = Held(house, engine, *people, await house.channel(), await house.channel())
    await found.settings(hold_channels=(found.id_of(found.channel),), log_channel_id=found.id_of(found.log))
    try:
        yield found
    finally:
        await found.settings()
        engine.dispose()


@pytest.fixture
async def held(house: House) -> AsyncIterator[Held]:
    async with holding(house) as found:
        yield found


async def test_a_held_image_is_the_managers_alone_until_one_of_them_shows_it(held: Held) -> None:
    await held.ana.slash(held.channel, "imagine", prompt="a held || harbor")

    waiting = await held.ana.see(held.channel, says(WAITS), "the card that says who looks first")
    card = await held.card("held")
    before = await held.is_public("harbor")
    await held.boss.press(card, "Show image")
    shown = await result(held.ana, held.channel, "harbor")
    closed = await held.card("held", f"Shown by <@{held.boss.id}>")

    (gallery,) = [part for part in components_of(card) if part["type"] == 12]
    assert [item["spoiler"] for item in gallery["items"]] == [True]
    assert "||a held \\|\\| harbor||" in text_of(card)
    assert f"<@{held.ana.id}>" in text_of(card)
    assert not before
    assert shown["id"] == waiting["id"]
    assert "Withhold image" not in text_of(closed)
    assert len(images_of(closed)) == 1


async def test_a_withheld_image_returns_the_quota_and_its_requester_alone_reads_why(held: Held) -> None:
    before = text_of(await private_answer(held.ana, await held.ana.slash(held.channel, "quota")))
    await held.ana.slash(held.channel, "imagine", prompt="a withheld harbor")

    await held.boss.press(await held.card("withheld harbor"), "Withhold image")
    await held.boss.fill(why="no *logos* @everyone please")
    told = await held.told("decided not to show it")
    closed = await held.card("withheld harbor", f"Withheld by <@{held.boss.id}>")
    after = text_of(await private_answer(held.ana, await held.ana.slash(held.channel, "quota")))

    assert "It didn't use your quota." in told
    assert "The manager wrote: no \\*logos\\* @\N{ZERO WIDTH SPACE}everyone please" in told
    assert held.boss.id not in told
    assert not await held.is_public("withheld harbor")
    assert [m for m in await ours(held.house, held.ana, held.channel) if WAITS in text_of(m)] == []
    assert "Show image" not in text_of(closed)
    assert left_in(after) == left_in(before)


def left_in(quota: str) -> list[str]:
    """Return the lines of /quota about images."""
    return [line for line in quota.splitlines() if " left" in line and "attempts" not in line]


async def test_of_two_managers_at_once_the_first_decides(held: Held) -> None:
    other = await held.house.new_person(manager=True)
    await held.ana.slash(held.channel, "imagine", prompt="a disputed harbor")
    card = await held.card("disputed")
    await other.press(card, "Withhold image")

    await asyncio.gather(held.boss.press(card, "Show image"), other.fill(why=""))
    closed = await held.boss.see(
        held.log, lambda m: "disputed" in text_of(m) and "Withhold image" not in text_of(m), "a decision"
    )

    is_shown = f"Shown by <@{held.boss.id}>" in text_of(closed)
    late = other if is_shown else held.boss
    answer = await late.see(held.log, says("This was decided before"), "what the late manager reads")
    assert text_of(closed).splitlines()[-1] in text_of(answer)
    if is_shown:
        await result(held.ana, held.channel, "disputed harbor")
    else:
        await held.told("decided not to show it")
        assert not await held.is_public("disputed harbor")


async def test_members_show_nothing_and_managers_own_images_are_not_held(held: Held) -> None:
    await held.ana.slash(held.channel, "imagine", prompt="a guarded harbor")
    card = await held.card("guarded")

    refused = text_of(await private_answer(held.ana, await held.ana.press(card, "Show image")))
    helped = [
        text_of(await private_answer(one, await one.slash(held.channel, "help"))) for one in (held.ana, held.boss)
    ]
    await held.boss.slash(held.channel, "imagine", prompt="the manager's harbor")

    assert "Only members who can manage messages" in refused
    assert ["Managers look at your results here" in text for text in helped] == [True, False]
    assert await result(held.ana, held.channel, "the manager's harbor")
    assert not await held.is_public("guarded harbor")
    await held.boss.press(card, "Show image")


async def test_a_story_is_held_whole_and_not_shown_while_it_comes(held: Held) -> None:
    await held.house.control.post("/wan/settings", chunk_s=0.04, delay_s=0.4)
    await held.ana.slash(held.channel, "story", prompt="two boats in a storm", images=2)

    waiting = await held.ana.see(held.channel, says("Generating"), "the status card")
    card = await held.card("two boats")
    edits = [e for e in await held.house.control.record("discord") if waiting["id"] in e["path"]]
    await held.boss.press(card, "Show image")

    assert len(images_of(card)) == 2
    assert len([line for line in text_of(card).splitlines() if line.startswith("||")]) == 2
    assert edits
    assert "The story continues" not in str(edits)
    shown = await held.ana.see(held.channel, lambda m: len(images_of(m)) == 2, "the story")
    assert "two boats" in text_of(shown)


async def test_a_private_image_is_held_and_says_who_sees_it(held: Held) -> None:
    await held.ana.slash(held.channel, "imagine", prompt="a private harbor", private=True)

    waiting = await held.told("look at it before you see it; other members never do")
    card = await held.card("private harbor")
    await held.boss.press(card, "Show image")
    shown = await held.ana.see(
        held.channel, lambda m: bool(images_of(m)) and "private harbor" in text_of(m), "the image"
    )

    assert "Only the requester will see it." in text_of(card)
    assert "23 hours" in waiting
    assert shown["flags"] & EPHEMERAL


async def test_a_newcomers_mention_is_held_too(held: Held) -> None:
    await held.settings(hold_newcomers_days=3, log_channel_id=held.id_of(held.log))
    newcomer = await held.house.new_person()
    held.house.sandbox.world.servers[held.house.sandbox.world.server_id].members[newcomer.id].joined_at = datetime.now(
        UTC
    ).isoformat()

    await newcomer.say(held.channel, f"{held.house.mention} a newcomer's harbor")

    await held.ana.see(held.channel, says(WAITS), "the card that says who looks first")
    await held.boss.press(await held.card("newcomer's harbor"), "Show image")
    assert await result(newcomer, held.channel, "newcomer's harbor")


async def test_without_a_log_channel_a_request_is_refused_and_with_a_closed_one_withheld(held: Held) -> None:
    await held.settings(hold_channels=(held.id_of(held.channel),))
    refused = await held.ana.slash(held.channel, "imagine", prompt="for nobody")
    at_once = text_of(await private_answer(held.ana, refused))
    closed = await held.house.channel(deny=("SEND_MESSAGES",))
    await held.settings(hold_channels=(held.id_of(held.channel),), log_channel_id=held.id_of(closed))

    await held.ana.slash(held.channel, "imagine", prompt="for a closed door")
    later = await held.told("I can't post in their log channel anymore")

    assert "they have no log channel to see them in. It didn't use your quota." in at_once
    assert "It didn't use your quota. Ask a manager" in later
    assert not await held.is_public("closed door")


async def test_what_nobody_decides_in_time_is_withheld_and_said_so(held: Held) -> None:
    await held.ana.slash(held.channel, "imagine", prompt="a forgotten harbor")
    await held.card("forgotten")
    async with asyncio.timeout(WAIT_S):
        while not await held.write(_end_the_wait):  # noqa: ASYNC110  # the row follows the card
            await asyncio.sleep(0.02)

    told = await held.told("there was no decision about yours in 23 hours")
    card = await held.card("forgotten", "no decision in time")

    assert "It didn't use your quota." in told
    assert "Show image" not in text_of(card)


def _end_the_wait(tx: Connection) -> int:
    return tx.execute(update(jobs).where(jobs.c.review == "held").values(next_attempt_at=datetime.now(UTC))).rowcount


async def test_a_private_image_is_reported_once_it_is_shared_and_removed_where_it_was_shared(held: Held) -> None:
    await held.settings(log_channel_id=held.id_of(held.log))
    await held.ana.slash(held.channel, "imagine", prompt="a shared cove", private=True)
    private = await held.ana.see(held.channel, lambda m: bool(images_of(m)), "the private image")
    await held.ana.press(private, "Share")
    shared = await held.boss.see(held.channel, lambda m: bool(images_of(m)), "the shared image")

    own = text_of(await private_answer(held.ana, await held.ana.menu("Report image", private)))
    asked = await private_answer(held.boss, await held.boss.menu("Report image", shared))
    (select,) = [part["custom_id"] for part in components_of(asked) if part["type"] == 3]
    await held.boss.choose(asked, select, "person")
    await held.boss.press(await held.card("shared cove", "a real person without consent (1)"), "Remove image")

    await held.card("shared cove", f"Removed by <@{held.boss.id}>")
    assert "Only you can see this image" in own
    assert shared["id"] not in [message["id"] for message in await held.boss.messages(held.channel)]
    assert private["id"] in [message["id"] for message in await held.ana.messages(held.channel)]


async def test_a_kill_at_any_moment_of_a_review_leaves_one_card_and_one_outcome(tmp_path: Path) -> None:
    deadly = house_in(tmp_path, launcher="tests.end_to_end.dying_holds", DIES_AT=BEFORE_CARD)
    async with deadly as house, holding(house) as held:
        await held.ana.slash(held.channel, "imagine", prompt="a deadly harbor")
        await dies(house, AFTER_CARD)
        await house.bot.spawn()  # it may die before it is connected
        await dies(house, AFTER_SHOW)
        await house.bot.start()
        await held.boss.press(await held.card("deadly"), "Show image")
        await dies(house, AFTER_WITHHOLD)
        await house.bot.start()
        await result(held.ana, held.channel, "deadly harbor")
        await held.card("deadly", f"Shown by <@{held.boss.id}>")

        await held.ana.slash(held.channel, "imagine", prompt="a fatal harbor")
        await held.boss.press(await held.card("fatal"), "Withhold image")
        await held.boss.fill(why="too fatal")
        await dies(house, "")
        await house.bot.spawn()
        told = await held.told("decided not to show it")
        await held.card("fatal", f"Withheld by <@{held.boss.id}>")

        shown = [m for m in await ours(house, held.ana, held.channel) if is_result(m)]
        assert ["deadly harbor" in text_of(message) for message in shown] == [True]
        assert "too fatal" in told
        assert await held.cards() == 2
        assert await house.control.bill() == 2
        with held.engine.connect() as tx:
            assert audit.audit(tx) == ()


async def dies(house: House, next_point: str) -> None:
    """Wait until the bot has died. Its next process dies at *next_point*; "": nowhere."""
    assert house.bot.process is not None
    await asyncio.wait_for(house.bot.process.wait(), WAIT_S)
    await house.bot.kill()  # ends what the dead process left at the gateway
    house.bot.settings["DIES_AT"] = next_point
