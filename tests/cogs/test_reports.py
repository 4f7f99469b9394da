"""A member reports a result, and the managers get one card, on which the first decision counts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, update

from cogs.interactions.context import REPORTS
from cogs.ui.files import file_of
from cogs.ui.ids import result_file_name
from imagegen.policy.review import CardKind, Report, ReportReason, ReviewCard
from imagegen.policy.server_settings import DEFAULT_SETTINGS
from imagegen.review import Review
from imagegen.store.tables_results import review_cards
from sandbox.people import Json, Person, SentInteraction, components_of, images_of, private_answer, text_of
from tests.cogs.conftest import Room
from tests.cogs.reading import job_of
from tests.cogs.test_history import edited
from tests.end_to_end.conftest import png

pytestmark = pytest.mark.usefixtures("no_cards")

SENT = "Thanks. The managers of this server have your report, without your name."


@dataclass
class Case:
    """A server with a log channel, a result of ana's, and bo, who looks at it."""

    room: Room
    ana: Person
    bo: Person
    boss: Person
    channel: str
    log: str

    async def settings(self, **settings: Any) -> None:
        """Store the settings of the server as if managers had chosen them."""
        server_id = int(self.room.box.world.server_id)
        wanted = replace(DEFAULT_SETTINGS, **settings)
        await self.room.service.server_admin.change(server_id, lambda _: wanted, user_id=1)

    async def shown(self, prompt: str, **options: Any) -> Json:
        """Return a result of ana's."""
        return await self.room.delivered(self.ana, self.channel, prompt, **options)

    async def ask(self, who: Person, message: Json) -> tuple[Json, str]:
        """Return the private question why a member reports a message, and the id of its select."""
        asked = await private_answer(who, await who.menu("Report image", message))
        (select,) = [part["custom_id"] for part in components_of(asked) if part["type"] == 3]
        return asked, select

    async def report(self, who: Person, message: Json, reason: str = "violence") -> str:
        """Report a message by the menu, and return what the member reads."""
        asked, select = await self.ask(who, message)
        await who.choose(asked, select, reason)
        answered = await who.see(self.channel, lambda m: m["id"] == asked["id"] and not m["components"], "an answer")
        return text_of(answered)

    async def cards(self) -> list[Json]:
        """Return the cards in the log channel."""
        return [message for message in await self.room.bot_messages(self.boss, self.log) if message["components"]]

    async def press(self, who: Person, label: str) -> SentInteraction:
        """Press a button of the only card."""
        (card,) = await self.cards()
        return await who.press(card, label)

    async def card_with(self, words: str) -> Json:
        """Return the card as soon as it has these words."""
        return await self.boss.see(self.log, lambda m: bool(m["components"]) and words in text_of(m), words)

    async def is_shown(self, message: Json) -> bool:
        """Return whether a message is still there."""
        return message["id"] in [other["id"] for other in await self.boss.messages(self.channel)]


@pytest.fixture
async def case(room: Room) -> AsyncIterator[Case]:
    ana, bo = await room.new_person(), await room.new_person()
    boss = await room.control.person("Boss", manager=True)
    found = Case(room, ana, bo, boss, await room.channel(), await room.channel())
    await found.settings(log_channel_id=int(room.channel_id(found.log)))
    yield found
    await found.settings()


async def test_a_report_shows_the_managers_the_image_who_asked_and_why_but_not_who_reported(case: Case) -> None:
    shown = await case.shown("a || dark @everyone pier")

    said = await case.report(case.bo, shown)

    (card,) = await case.cards()
    assert said == SENT
    assert f"<@{case.ana.id}>" in text_of(card)
    assert case.bo.id not in str(card)
    assert "1 report: violence or gore (1)" in text_of(card)
    assert f"/{shown['id']})" in text_of(card)
    assert "||a \\|\\| dark @\N{ZERO WIDTH SPACE}everyone pier||" in text_of(card)
    (gallery,) = [part for part in components_of(card) if part["type"] == 12]
    assert [item["spoiler"] for item in gallery["items"]] == [True]
    (uploaded,), (original,) = images_of(card), images_of(shown)
    assert uploaded["url"] != original["url"]


async def test_more_reports_change_the_same_card_and_a_second_one_by_the_same_member_nothing(case: Case) -> None:
    shown = await case.shown("a reported gate")
    await case.report(case.bo, shown, "nudity")

    again = await case.report(case.bo, shown, "hate")
    asked, select = await case.ask(case.boss, shown)
    data = {"custom_id": select, "component_type": 3, "values": ["a reason that nobody offers"]}
    await private_answer(case.boss, await case.boss.forge(case.channel, 3, asked, **data))
    await case.card_with("2 reports")

    (card,) = await case.cards()
    assert again == "You've already reported this image. Nothing changed."
    assert "2 reports: nudity or sexual content (1), something else (1)" in text_of(card)
    assert len(images_of(card)) == 1


async def test_remove_deletes_the_result_and_the_card_says_who_decided(case: Case) -> None:
    shown = await case.shown("a removable bridge")
    await case.report(case.bo, shown)

    await case.press(case.boss, "Remove image")

    card = await case.card_with(f"Removed by <@{case.boss.id}>")
    assert not await case.is_shown(shown)
    assert "Remove image" not in text_of(card)
    assert f"/{shown['id']})" not in text_of(card)
    assert len(images_of(card)) == 1
    assert "already gone" not in text_of(card)


async def test_an_edit_of_a_removed_result_does_not_repeat_its_prompt(case: Case) -> None:
    first = await case.shown("a prompt to remove")
    edit = await job_of(case.room, await edited(case.room, case.bo, case.channel, first, "with a pier"))
    history = case.room.service.history

    before = await history.original_prompt(edit)
    await case.report(case.bo, first)
    await case.press(case.boss, "Remove image")
    await case.card_with("Removed by")

    assert (before, await history.original_prompt(edit)) == ("a prompt to remove", "")


async def test_dismiss_leaves_the_result_and_closes_the_card(case: Case) -> None:
    shown = await case.shown("a harmless bridge")
    await case.report(case.bo, shown)

    await case.press(case.boss, "Dismiss report")

    card = await case.card_with(f"Dismissed by <@{case.boss.id}>")
    assert await case.is_shown(shown)
    assert [part for part in components_of(card) if part["type"] == 2] == []


async def test_another_message_that_is_reported_after_a_dismissal_comes_as_a_new_card(case: Case) -> None:
    shown = await case.shown("a bridge, reported again")
    await case.report(case.bo, shown)
    await case.press(case.boss, "Dismiss report")
    dismissed = await case.card_with("Dismissed by")
    job = await case.room.service.display.job_of_message(int(shown["id"]))
    assert job is not None
    file = file_of(png((32, 32)), result_file_name(job.id, 2, "png"))
    sent = await case.room.bot.get_partial_messageable(int(case.room.channel_id(case.channel))).send(file=file)

    other = await case.bo.see(case.channel, lambda m: m["id"] == str(sent.id), "the other message")
    await case.report(case.bo, other)
    card = await case.card_with(f"/{sent.id})")
    await case.press(case.boss, "Remove image")
    await case.card_with(f"Removed by <@{case.boss.id}>")

    assert [message["id"] for message in await case.cards()] == [card["id"]] != [dismissed["id"]]
    assert "1 report:" in text_of(card)
    assert len(images_of(card)) == 1
    assert [await case.is_shown(message) for message in (shown, other)] == [False, False]


async def test_block_also_blocks_the_member_in_this_server(case: Case) -> None:
    shown = await case.shown("a bad bridge")
    await case.report(case.bo, shown)

    await case.press(case.boss, "Block member")

    await case.card_with(f"Member blocked and image removed by <@{case.boss.id}>")
    admin, server_id = case.room.service.server_admin, int(case.room.box.world.server_id)
    assert int(case.ana.id) in (await admin.overview(server_id)).blocked
    assert not await case.is_shown(shown)


async def test_of_two_managers_who_press_at_once_the_first_decides(case: Case) -> None:
    shown = await case.shown("a disputed bridge")
    await case.report(case.bo, shown)
    other = await case.room.control.person("Other boss", manager=True)
    (card,) = await case.cards()

    await asyncio.gather(case.boss.press(card, "Remove image"), other.press(card, "Dismiss report"))
    closed = await case.boss.see(case.log, lambda m: "Dismiss report" not in text_of(m) and "by <@" in text_of(m), "it")
    late = other if f"Removed by <@{case.boss.id}>" in text_of(closed) else case.boss
    answer = await late.see(case.log, lambda m: "decided before" in text_of(m), "the late manager's answer")

    assert await case.is_shown(shown) == ("Dismissed" in text_of(closed))
    assert text_of(closed).splitlines()[-1] in text_of(answer)


async def test_members_decide_nothing_and_moderators_of_the_channel_cannot_block(case: Case) -> None:
    shown = await case.shown("a guarded bridge")
    await case.report(case.bo, shown)
    moderated = case.room.channel_id(case.channel)
    moderator = await case.room.new_person()
    await case.room.control.post("/overwrites", channel=moderated, target=moderator.id, allow=["MANAGE_MESSAGES"])

    member = await private_answer(case.bo, await case.press(case.bo, "Remove image"))
    blocking = await private_answer(moderator, await case.press(moderator, "Block member"))
    await case.press(moderator, "Remove image")

    await case.card_with(f"Removed by <@{moderator.id}>")
    assert "Only members who can manage messages in the image's channel" in text_of(member)
    assert "Only members who can manage this server" in text_of(blocking)


async def test_a_moderator_of_the_channel_decides_on_a_shared_image(case: Case) -> None:
    await case.ana.press(await case.shown("a shared bridge", private=True), "Share")
    shared = await case.bo.see(case.channel, lambda m: " shared" in text_of(m), "the shared image")
    moderated, moderator = case.room.channel_id(case.channel), await case.room.new_person()
    await case.room.control.post("/overwrites", channel=moderated, target=moderator.id, allow=["MANAGE_MESSAGES"])

    await case.report(case.bo, shared)
    await case.press(moderator, "Dismiss report")

    assert await case.card_with(f"Dismissed by <@{moderator.id}>")


async def test_a_message_that_was_deleted_meanwhile_is_said_to_be_gone(case: Case) -> None:
    early, late = await case.shown("gone before the report"), await case.shown("gone before the decision")
    asked, select = await case.ask(case.bo, early)
    await case.report(case.bo, late)
    for shown in (early, late):
        await case.room.control.post("/act/delete", person=case.boss.id, message=shown["id"])

    await case.bo.choose(asked, select, "hate")
    await case.press(case.boss, "Remove image")

    await case.bo.see(case.channel, lambda m: "there's nothing to report" in text_of(m), "that it is gone")
    card = await case.card_with("Its message was already gone.")
    assert len(images_of(card)) == 1


async def test_without_an_open_log_channel_a_report_is_kept_and_comes_when_there_is_one(case: Case) -> None:
    await case.settings()
    shown = await case.shown("reported to nobody")
    unset = await case.report(case.bo, shown)
    await case.settings(log_channel_id=int(case.room.channel_id(case.log)))
    await case.room.deny(case.log, "SEND_MESSAGES")

    await brought_up_to_date(case, timedelta(hours=1))
    closed = await case.report(case.boss, shown)
    before = await case.cards()
    await case.room.deny(case.log)
    await brought_up_to_date(case, timedelta(hours=2))

    assert unset == closed
    assert "Your report is saved, but the managers can't see it yet" in unset
    assert before == []
    assert "2 reports" in text_of((await case.cards())[0])


async def brought_up_to_date(case: Case, later: timedelta) -> None:
    """Do what the loop over due cards does at a later time."""
    review, due = (
        Review(case.room.store, case.room.service.wake_signal, lambda: datetime.now(UTC) + later),
        list[ReviewCard](),
    )
    while (held := await review.claim_next()) is not None:
        due.append(held)
    for held in due:
        await case.room.delivery.review_cards.carry_out(held)


async def test_a_card_loses_prompt_and_image_when_the_requester_erases_their_data(case: Case) -> None:
    shown = await case.shown("reported, then erased")
    await case.report(case.bo, shown)

    await case.room.service.history.forget(int(case.ana.id))
    await brought_up_to_date(case, timedelta(seconds=1))

    (card,) = await case.cards()
    assert "then erased" not in text_of(card)
    assert images_of(card) == []
    assert "Remove image" in text_of(card)


async def test_a_card_comes_once_if_the_process_dies_before_it_or_before_it_is_recorded(case: Case) -> None:
    shown = await case.shown("reported to the dying")
    job = await case.room.service.display.job_of_message(int(shown["id"]))
    assert job is not None
    channel_id, server_id = int(case.room.channel_id(case.channel)), int(case.room.box.world.server_id)
    said = Report(job.id, int(case.bo.id), server_id, ReportReason.HATE, channel_id, int(shown["id"]))

    await case.room.service.review.report(said)  # and the process dies
    await brought_up_to_date(case, timedelta())
    placed = await case.cards()
    await case.room.store.write(_forget_place, job.id)  # as if the process had died before the row
    await brought_up_to_date(case, timedelta())

    card = await case.room.service.review.card(job.id, CardKind.REPORT)
    assert [message["id"] for message in placed] == [message["id"] for message in await case.cards()]
    assert card is not None
    assert str(card.message_id) == placed[0]["id"]


def _forget_place(tx: Connection, job_id: int) -> None:
    nowhere = {"channel_id": None, "message_id": None, "due_at": datetime.now(UTC)}
    tx.execute(update(review_cards).where(review_cards.c.job_id == job_id).values(nowhere))


async def test_only_results_of_the_bot_can_be_reported(case: Case) -> None:
    own = await case.bo.say(case.channel, "my own words")
    said = await case.bo.see(case.channel, lambda m: m["id"] == own, "the words")
    await case.report(case.bo, await case.shown("reported once"))
    (card,) = await case.cards()

    refused = [text_of(await private_answer(case.boss, await case.boss.menu("Report image", m))) for m in (said, card)]

    assert all("You can only report images that I posted in this server" in text for text in refused)


async def test_one_member_reports_only_so_many_at_once(case: Case) -> None:
    shown = await case.shown("reported in a flood")
    limit, before = case.room.bot.context.reports, 0
    while not limit.take(int(case.bo.id)):
        before += 1

    asked, select = await case.ask(case.bo, shown)
    refused = await private_answer(case.bo, await case.bo.choose(asked, select, "hate"))

    assert before == REPORTS
    assert "too fast" in text_of(refused)
    assert await case.cards() == []
