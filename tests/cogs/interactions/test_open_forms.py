"""What a form was opened from is kept for whoever opened it, as long as it can be submitted, and for no longer."""

from __future__ import annotations

from cogs.interactions.open_forms import MOST, OPEN_S, OpenForms
from imagegen.model import ImageLink

LINKS = (ImageLink("https://cdn.discordapp.com/1.png", "x"),)


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_only_whoever_opened_it_is_given_it() -> None:
    opened = OpenForms(Clock())

    opened.keep(5, 3, LINKS)

    assert opened.images(5, 3) == LINKS
    assert opened.images(6, 3) == opened.images(5, 4) == ()


def test_it_is_forgotten_when_the_form_can_be_submitted_no_more() -> None:
    clock = Clock()
    opened = OpenForms(clock)
    opened.keep(5, 3, LINKS)

    clock.now_s = OPEN_S

    assert opened.images(5, 3) == ()


def test_opened_again_it_is_kept_anew() -> None:
    clock = Clock()
    opened = OpenForms(clock)
    opened.keep(5, 3, LINKS)
    clock.now_s = OPEN_S - 1
    opened.keep(5, 3, LINKS * 2)

    clock.now_s = OPEN_S + 1

    assert opened.images(5, 3) == LINKS * 2


def test_the_oldest_make_room() -> None:
    opened = OpenForms(Clock())

    for message_id in range(MOST + 2):
        opened.keep(5, message_id, LINKS)

    assert [opened.images(5, message_id) for message_id in (0, 1, 2)] == [(), (), LINKS]
