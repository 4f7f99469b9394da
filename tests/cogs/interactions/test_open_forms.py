"""The images of an open form are kept for the member who opened the form, until the form can no longer be submitted."""

from __future__ import annotations

from cogs.interactions.open_forms import MOST, OPEN_S, OpenForms
from imagegen.image_request import ImageLink

LINKS = (ImageLink("https://cdn.discordapp.com/1.png", "x"),)


class Clock:
    """Seconds that pass only when a test sets them."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_only_the_member_who_opened_a_form_gets_its_images() -> None:
    forms = OpenForms(Clock())

    forms.keep(5, 3, LINKS)

    assert forms.images(5, 3) == LINKS
    assert forms.images(6, 3) == forms.images(5, 4) == ()


def test_the_images_are_dropped_when_the_form_can_no_longer_be_submitted() -> None:
    clock = Clock()
    forms = OpenForms(clock)
    forms.keep(5, 3, LINKS)

    clock.now_s = OPEN_S

    assert forms.images(5, 3) == ()


def test_opening_a_form_again_replaces_its_images_and_extends_the_time() -> None:
    clock = Clock()
    forms = OpenForms(clock)
    forms.keep(5, 3, LINKS)
    clock.now_s = OPEN_S - 1
    forms.keep(5, 3, LINKS * 2)

    clock.now_s = OPEN_S + 1

    assert forms.images(5, 3) == LINKS * 2


def test_the_oldest_forms_are_dropped_when_there_are_too_many() -> None:
    forms = OpenForms(Clock())

    for message_id in range(MOST + 2):
        forms.keep(5, message_id, LINKS)

    assert [forms.images(5, message_id) for message_id in (0, 1, 2)] == [(), (), LINKS]
