"""A member asks people for their consent only so often, and the images are shown only so often."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cogs.character_consent import ASKED, ASKED_AT_ALL, Asks
from cogs.messaging.token_buckets import TokenBuckets
from imagegen.errors import Reason
from imagegen.policy.characters import Character
from sandbox.people import private_answer, text_of
from tests.cogs.conftest import Room
from tests.end_to_end.conftest import photo


def of(person_id: int, user_id: int = 1) -> Character:
    return Character(1, user_id, "Momo", person_id, is_allowed=False, reference_ids=())


def test_the_same_person_is_asked_only_so_often_by_the_same_member() -> None:
    asks = Asks()

    found = [asks.too_often(of(2)) for _ in range(ASKED + 1)]

    assert found == [None] * ASKED + [Reason.ASKED_TODAY]
    assert asks.too_often(of(2, user_id=3)) is None


def test_a_member_asks_only_so_many_people_even_if_each_is_another_one() -> None:
    asks = Asks()

    found = [asks.too_often(of(person_id)) for person_id in range(10, 11 + ASKED_AT_ALL)]

    assert found == [None] * ASKED_AT_ALL + [Reason.ASKED_MANY_TODAY]
    assert asks.too_often(of(2, user_id=3)) is None


async def test_the_images_of_a_character_are_shown_as_often_as_other_sheets(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, bo, channel = await room.new_person(), await room.new_person(), await room.channel()
    await ana.slash(channel, "character add", name="Bo", image1=photo("bo.png"), person=bo.id)
    question = await bo.see("dm", lambda m: "images that show you" in text_of(m), "the question")

    monkeypatch.setattr(room.bot, "context", replace(room.bot.context, reads=TokenBuckets(0, 60.0)))
    refused = await private_answer(bo, await bo.press(question, "Show images"))

    assert "too fast" in text_of(refused)
