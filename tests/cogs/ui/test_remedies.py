"""A refusal has the button that helps. The button's id is short and holds no prompt, and a forged id is harmless."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs.forms import EditMessageButton
from cogs.quota import QuotaButton
from cogs.refusal_buttons import ChooseImagesButton, RewordButton
from cogs.result_buttons import AgainButton, EditPromptButton
from cogs.text.i18n import ENGLISH
from cogs.text.markdown import code, uncoded
from cogs.ui import modals, remedies, submitted_forms
from cogs.ui.form_choices import (
    count_and_aspect_ratio,
    form_kind,
    had_images,
    prompt_form,
    quality_in,
    with_palette,
    without_palette,
)
from cogs.ui.ids import FORM, MODEL_CHARS, REWORD, form_id, reword_id
from cogs.ui.remedies import remedy_view
from imagegen.errors import Reason
from imagegen.image_request import AspectRatio, ImageLink, ImageRequest, Quality
from imagegen.reports import RequestLimits
from imagegen.store import input_bytes
from imagegen.wan.catalogue import MODELS

LIMITS = RequestLimits(prompt_chars=20, negative_chars=5, max_images=4, max_count=4, max_seed=9)
LARGEST_ID = 2**64 - 1


def button_of(remedy: dict[str, Any]) -> Any:
    (button,) = remedy["view"].children
    return button


@pytest.mark.parametrize("reason", list(remedies.REMEDIES))
def test_every_remedy_button_is_handled_by_one_class(reason: Reason) -> None:
    forms = [
        f"edit:{LARGEST_ID}",
        f"step:{LARGEST_ID}",
        f"change:{LARGEST_ID}",
        "words:46",
        "story:10",
        "set:10121",
        "palette:10",
    ]
    remedy_views = [remedy_view(reason, ENGLISH, form=form, message_id=LARGEST_ID) for form in forms]
    remedy_views.append(remedy_view(reason, ENGLISH, job_id=10**18 - 1))

    for button in (button_of(remedy) for remedy in remedy_views if remedy):
        handlers = [
            handler
            for handler in (
                AgainButton,
                ChooseImagesButton,
                EditPromptButton,
                EditMessageButton,
                QuotaButton,
                RewordButton,
            )
            if handler.__discord_ui_compiled_template__.fullmatch(button.custom_id)
        ]
        assert len(handlers) == 1, button.custom_id
        assert len(button.custom_id) <= 100


def test_input_images_are_stored_for_every_refusal_whose_button_repeats_the_request() -> None:
    refused_before_download = {
        Reason.PROMPT_EMPTY, Reason.PROMPT_TOO_LONG, Reason.PROMPT_HAS_IMAGE_LINK, Reason.TOO_MANY_IMAGES,
        Reason.TOO_MANY_ALTERNATIVES,
        Reason.PROMPT_BLOCKED, Reason.COUNT_OUT_OF_RANGE, Reason.MODEL_NOT_OFFERED, Reason.MODEL_NEEDS_IMAGE,
        Reason.MODEL_TAKES_NO_IMAGES, *remedies.PALETTE_REFUSED, Reason.NO_STROKES, Reason.READS_TOO_FAST,
        Reason.STROKES_ON_OTHER_IMAGE, Reason.OPTION_NOT_TAKEN, Reason.PARTS_CLASH,
        Reason.ASPECT_RATIO_NEEDS_IMAGE, Reason.MODEL_MAKES_NO_IMAGE_SET,
        Reason.MODEL_TAKES_NO_NEGATIVE_PROMPT, Reason.STYLE_GONE,
    }  # fmt: skip
    repeats = {
        reason
        for reason in remedies.REMEDIES
        if (remedy := remedy_view(reason, ENGLISH, job_id=1))
        and button_of(remedy).custom_id in ("w1:change:1", "w1:again:1")
    }

    assert repeats - refused_before_download == input_bytes.REPEATED_AFTER


@pytest.mark.parametrize("reason", [one for one in Reason if one.name.startswith(("IMAGE", "FILE_", "INPUT_"))])
@pytest.mark.parametrize("form", ["edit:5", "step:5", "change:5", "words:34", "story:30"])
def test_a_rejected_image_keeps_the_prompt(reason: Reason, form: str) -> None:
    accepted, rejected = remedy_view(reason, ENGLISH, job_id=7), remedy_view(reason, ENGLISH, form=form)

    expected_form = form if form.startswith(("words", "story")) else "words:110"
    assert button_of(accepted).custom_id == "w1:choose:7"
    assert button_of(rejected).custom_id == f"w1:reword:{expected_form}:0"


def test_a_refusal_without_a_remedy_has_no_button() -> None:
    assert remedy_view(Reason.BOT_PAUSED, ENGLISH, form="words:10") == {}
    assert remedy_view(Reason.BUSY, ENGLISH, form="words:10") == {}
    assert remedy_view("a reason of another version", ENGLISH, job_id=1) == {}


@pytest.mark.parametrize("aspect_ratio", [None, *AspectRatio])
def test_a_prompt_form_id_holds_the_count_and_aspect_ratio_but_not_the_prompt(aspect_ratio: AspectRatio | None) -> None:
    name = prompt_form("words", ImageRequest("a secret prompt", count=3, aspect_ratio=aspect_ratio))

    assert count_and_aspect_ratio(int(name.removeprefix("words:"))) == (3, aspect_ratio)


@pytest.mark.parametrize("count", [1, 9, 10, 12])
@pytest.mark.parametrize("quality", Quality)
@pytest.mark.parametrize("images", [0, 9])
def test_a_form_of_a_set_keeps_its_count_of_two_digits(count: int, quality: Quality, images: int) -> None:
    links = (ImageLink("https://cdn.discordapp.com/1.png", "1.png"),) * images
    request = ImageRequest("a comic", count=count, quality=quality, images=links, image_set=True)

    kind, _, its_id = prompt_form(form_kind(request), request).partition(":")

    assert kind == "set"
    assert count_and_aspect_ratio(int(its_id)) == (count, None)
    assert quality_in(int(its_id)) is quality
    assert had_images(int(its_id)) is (images > 0)


@given(st.text(max_size=100), st.text(st.characters(exclude_characters="\n"), min_size=1, max_size=50))
def test_a_prompt_and_its_palette_are_read_back_from_one_text(prompt: str, palette: str) -> None:
    assert without_palette(with_palette(prompt, palette)) == (prompt, palette)


@pytest.mark.parametrize("forged", [0, 9, 7, LARGEST_ID])
def test_a_forged_form_id_opens_a_working_form(forged: int) -> None:
    form = modals.PromptForm(f"w1:form:words:{forged}", forged, LIMITS, typed="x")
    request = submitted_forms.prompt_request_of(submitted_forms.FormData({"words": ("x",)}), forged, story=False)

    assert form.to_dict()
    assert request.prompt == "x"


def test_a_prompt_that_is_too_long_is_complete_in_its_form() -> None:
    typed = "y" * 3999

    form = modals.PromptForm("w1:form:words:10", 10, LIMITS, typed=typed).to_dict()

    field = form["components"][0]["component"]
    assert (field["value"], field["max_length"]) == (typed, 3999)


@pytest.mark.parametrize("typed", ["a cat", "```\nclosed\n```", "``````", "line\nline", "\N{RIGHT-TO-LEFT OVERRIDE}x"])
def test_a_returned_prompt_is_read_back_from_its_code_block(typed: str) -> None:
    assert uncoded(f"Refused. It didn't use your quota.\n{code(typed)}") == typed


def test_a_sentence_without_a_code_block_holds_no_prompt() -> None:
    assert uncoded("Refused. `s/old/new/`") is None


LONGEST = max(MODELS, key=len)


def ids_of(remedy: dict[str, Any]) -> list[str]:
    return [button.custom_id for button in remedy["view"].children]


@pytest.mark.parametrize("reason", remedies.OTHER_MODEL_HELPS)
@pytest.mark.parametrize(
    "form", ["edit:5", "step:5", f"change:{10**18 - 1}", f"edit:{LARGEST_ID}", "words:2934", f"palette:{LARGEST_ID}"]
)
def test_a_refusal_offers_the_model_that_takes_the_request(reason: Reason, form: str) -> None:
    facts = {"other": LONGEST}

    first, *_ = ids_of(remedy_view(reason, ENGLISH, facts=facts, form=form, message_id=LARGEST_ID))

    match = RewordButton.__discord_ui_compiled_template__.fullmatch(first)
    assert match is not None
    assert (match["model"], f"{match['form']}:{match['id']}") == (LONGEST, form)
    assert len(first) <= 100


def test_the_button_names_the_model_by_its_word() -> None:
    facts = {"other": "wan2.7-image-pro"}

    view = remedy_view(Reason.TOO_MANY_IMAGES, ENGLISH, facts=facts, form="edit:5", message_id=5)["view"]

    assert [button.label for button in view.children] == ["Use the Detailed model", "Choose images"]


def test_another_model_is_offered_only_where_one_takes_the_request() -> None:
    facts = {"option": "quality"}

    assert button_of(remedy_view(Reason.OPTION_NOT_TAKEN, ENGLISH, facts=facts, form="words:10")).label == "Edit prompt"


@pytest.mark.parametrize("seed", [None, 0, 2**31 - 1])
@pytest.mark.parametrize("enhance", [None, True, False])
@pytest.mark.parametrize("thinking", [None, True, False])
def test_a_form_keeps_the_options_that_it_has_no_field_for(
    seed: int | None, *, enhance: bool | None, thinking: bool | None
) -> None:
    request = ImageRequest("x", seed=seed, enhance=enhance, thinking=thinking, count=12, aspect_ratio=AspectRatio.WIDE)
    name = prompt_form("palette", request)
    form, button = FORM.fullmatch(form_id(name, LARGEST_ID)), reword_id(name, LARGEST_ID, "x" * MODEL_CHARS)

    assert form is not None
    assert re.fullmatch(REWORD, button)
    assert max(len(form[0]), len(button)) <= 100
    again = submitted_forms.prompt_request_of(submitted_forms.FormData({}), int(form["id"]), story=False)
    assert (again.seed, again.enhance, again.thinking, again.count) == (seed, enhance, thinking, 12)


@pytest.mark.parametrize(
    "reason",
    [
        Reason.OPTION_NOT_TAKEN,
        Reason.PARTS_CLASH,
        Reason.ASPECT_RATIO_NEEDS_IMAGE,
        Reason.MODEL_MAKES_NO_IMAGE_SET,
        Reason.MODEL_TAKES_NO_NEGATIVE_PROMPT,
    ],
)
@pytest.mark.parametrize("form", ["words:10", "palette:10", "set:30", f"change:{10**18 - 1}"])
def test_a_refused_option_leaves_a_button_that_keeps_the_prompt(reason: Reason, form: str) -> None:
    assert button_of(remedy_view(reason, ENGLISH, form=form)).custom_id == f"w1:reword:{form}:0"


def test_another_model_is_not_offered_where_no_form_holds_the_request() -> None:
    assert remedy_view(Reason.COUNT_OUT_OF_RANGE, ENGLISH, facts={"other": "z-image-turbo"}) == {}


def test_a_form_opened_again_keeps_the_chosen_model() -> None:
    (kept,) = ids_of(remedy_view(Reason.PROMPT_TOO_LONG, ENGLISH, form="words:10", model="z-image-turbo"))
    (forged,) = ids_of(remedy_view(Reason.PROMPT_TOO_LONG, ENGLISH, form="words:10", model="x:y" * 40))

    assert (kept, forged) == ("w1:reword:words:10:0:z-image-turbo", "w1:reword:words:10:0")
