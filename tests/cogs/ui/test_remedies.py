"""A refusal comes with the button that helps; its id is short, holds nobody's words, and can be made up harmlessly."""

from __future__ import annotations

from typing import Any

import pytest

from cogs.forms import EditMessageButton
from cogs.quota import QuotaButton
from cogs.refusal_buttons import ChooseImagesButton, RewordButton
from cogs.result_buttons import AgainButton, EditPromptButton
from cogs.text.i18n import ENGLISH
from cogs.text.markdown import code, uncoded
from cogs.ui import modals, remedies
from cogs.ui.form_choices import count_and_aspect_ratio, prompt_form
from cogs.ui.remedies import remedy_view
from imagegen.errors import Reason
from imagegen.model import AspectRatio, ImageRequest
from imagegen.reports import RequestLimits
from imagegen.store import input_bytes

LIMITS = RequestLimits(prompt_chars=20, negative_chars=5, max_images=4, max_count=4, max_seed=9)
BIGGEST = 2**64 - 1


def the_button(sent: dict[str, Any]) -> Any:
    (button,) = sent["view"].children
    return button


@pytest.mark.parametrize("reason", list(remedies.REMEDIES))
def test_every_offer_is_a_button_that_something_answers(reason: Reason) -> None:
    forms = [f"edit:{BIGGEST}", f"step:{BIGGEST}", f"change:{BIGGEST}", "words:46", "story:10"]
    sent = [remedy_view(reason, ENGLISH, form=form, ask_id=BIGGEST) for form in forms]
    sent.append(remedy_view(reason, ENGLISH, job_id=10**18 - 1))

    for button in (the_button(one) for one in sent if one):
        known = [
            item
            for item in (
                AgainButton,
                ChooseImagesButton,
                EditPromptButton,
                EditMessageButton,
                QuotaButton,
                RewordButton,
            )
            if item.__discord_ui_compiled_template__.fullmatch(button.custom_id)
        ]
        assert len(known) == 1, button.custom_id
        assert len(button.custom_id) <= 100


def test_what_a_button_repeats_keeps_its_images_until_then() -> None:
    refused_before = {
        Reason.PROMPT_EMPTY, Reason.PROMPT_TOO_LONG, Reason.PROMPT_HAS_IMAGE_LINK, Reason.TOO_MANY_IMAGES,
        Reason.PROMPT_BLOCKED,
    }  # fmt: skip
    repeats = {
        reason
        for reason in remedies.REMEDIES
        if (sent := remedy_view(reason, ENGLISH, job_id=1))
        and the_button(sent).custom_id in ("w1:change:1", "w1:again:1")
    }

    assert repeats - refused_before == input_bytes.REPEATED_AFTER


@pytest.mark.parametrize("reason", [one for one in Reason if one.name.startswith(("IMAGE", "FILE_", "INPUT_"))])
@pytest.mark.parametrize("form", ["edit:5", "step:5", "change:5", "words:34", "story:30"])
def test_a_refused_image_never_loses_the_words(reason: Reason, form: str) -> None:
    accepted, refused = remedy_view(reason, ENGLISH, job_id=7), remedy_view(reason, ENGLISH, form=form)

    kept = form if form.startswith(("words", "story")) else "words:10"
    assert the_button(accepted).custom_id == "w1:choose:7"
    assert the_button(refused).custom_id == f"w1:reword:{kept}:0"


def test_nothing_is_offered_where_nothing_helps() -> None:
    assert remedy_view(Reason.BOT_PAUSED, ENGLISH, form="words:10") == {}
    assert remedy_view(Reason.BUSY, ENGLISH, form="words:10") == {}
    assert remedy_view("a reason of another version", ENGLISH, job_id=1) == {}


@pytest.mark.parametrize("shape", [None, *AspectRatio])
def test_a_request_of_words_is_named_by_two_digits(shape: AspectRatio | None) -> None:
    name = prompt_form("words", ImageRequest("secret words", count=3, aspect_ratio=shape))

    assert count_and_aspect_ratio(int(name.removeprefix("words:"))) == (3, shape)


@pytest.mark.parametrize("made_up", [0, 9, 7, BIGGEST])
def test_an_id_that_was_made_up_opens_a_form_and_asks_for_nothing_more(made_up: int) -> None:
    form = modals.PromptForm(f"w1:form:words:{made_up}", made_up, LIMITS, typed="x")
    request = modals.prompt_request_of(modals.FormData({"words": ("x",)}), made_up, story=False)

    assert form.to_dict()
    assert request.prompt == "x"


def test_what_is_too_long_stands_whole_in_its_form() -> None:
    typed = "y" * 3999

    form = modals.PromptForm("w1:form:words:10", 10, LIMITS, typed=typed).to_dict()

    field = form["components"][0]["component"]
    assert (field["value"], field["max_length"]) == (typed, 3999)


@pytest.mark.parametrize("typed", ["a cat", "```\nclosed\n```", "``````", "line\nline", "\N{RIGHT-TO-LEFT OVERRIDE}x"])
def test_words_that_are_given_back_are_read_back(typed: str) -> None:
    assert uncoded(f"Refused. Nothing was counted.\n{code(typed)}") == typed


def test_a_sentence_without_words_gives_none_back() -> None:
    assert uncoded("Refused. `s/old/new/`") is None
