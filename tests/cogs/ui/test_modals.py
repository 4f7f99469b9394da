"""Forms offer what the models take, start with what is known, and fit into Discord's limits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cogs.ui import ids, modals
from cogs.ui.form_choices import prompt_form
from cogs.ui.modals import ChangeForm, EditForm, PromptForm
from cogs.ui.model_choices import ModelField
from cogs.ui.submitted_forms import FormData, prompt_request_of
from imagegen.image_request import AspectRatio, Box, ImageLink, ImageRequest, Quality
from imagegen.model_options import ModelOptions
from imagegen.reports import RequestLimits
from imagegen.wan.catalogue import MODELS
from imagegen.wan.lineup import build_lineup
from sandbox.discord.modals import check
from tests.cogs.objects import CLIENT, a_job

LIMITS = RequestLimits(prompt_chars=2000, negative_chars=500, max_images=4, max_count=4, max_seed=9)
OFFERED = ModelOptions(build_lineup(("wan2.6-image", "wan2.6-t2i", "z-image-turbo", "wan2.7-image-pro")), {})


def choice(images: int, chosen: str | None = None) -> ModelField:
    return ModelField(OFFERED.options(images), chosen)


def links(number: int) -> list[ImageLink]:
    return [ImageLink(f"https://cdn.discordapp.com/{image_number}.png", "x") for image_number in range(1, number + 1)]


def fields(form: Any) -> dict[str, Any]:
    """Return the fields of a form, by custom id, as sent to Discord."""
    return {row["component"]["custom_id"]: row["component"] for row in form.to_dict()["components"]}


def selected(field: dict[str, Any]) -> list[str]:
    return [option["value"] for option in field["options"] if option["default"]]


async def test_the_edit_form_offers_at_most_25_images() -> None:
    which = fields(EditForm("w1:form:edit:3", links(30), LIMITS))["which"]

    assert (len(which["options"]), which["max_values"]) == (25, 4)


@pytest.mark.parametrize(
    ("names", "numbers"),
    [
        (["a.png", "b.png"], [1, 2]),
        (["wanvas-42-1.png?ex=1", "wanvas-42-3.webp?ex=1"], [1, 3]),
        (["wanvas-42-2.png", "wanvas-43-2.png"], [1, 2]),
        (["wanvas-42-2.png", "b.png"], [1, 2]),
    ],
    ids=["a member's files", "one left out", "two cards", "mixed"],
)
async def test_the_edit_form_numbers_images_as_their_card_does(names: list[str], numbers: list[int]) -> None:
    images = [ImageLink(f"https://cdn.discordapp.com/attachments/1/2/{name}", "media") for name in names]

    which = fields(EditForm("w1:form:edit:3", images, LIMITS))["which"]

    assert [option["label"] for option in which["options"]] == [f"image {number}" for number in numbers]
    assert [option["value"] for option in which["options"]] == ["1", "2"]


async def test_a_form_is_not_kept_in_memory() -> None:
    form = EditForm("w1:form:edit:3", links(1), LIMITS)

    assert form.is_finished()
    assert CLIENT.persistent_views == []


async def test_the_edit_prompt_form_starts_with_the_request() -> None:
    job = a_job()
    request = ImageRequest(
        "a lighthouse", aspect_ratio=AspectRatio.TALL, quality=Quality.HIGH, count=3, negative_prompt="fog"
    )

    form = fields(ChangeForm("w1:form:change:42", replace(job, request=request), LIMITS))

    assert (form["words"]["value"], form["negative"]["value"]) == ("a lighthouse", "fog")
    assert [selected(form[name]) for name in ("shape", "count", "quality")] == [["tall"], ["3"], ["high"]]


async def test_the_aspect_ratio_of_the_input_is_offered_only_with_input_images() -> None:
    without, with_images = a_job(), a_job(input_count=1)

    offered = [
        fields(ChangeForm("w1:form:change:42", job, LIMITS))["shape"]["options"] for job in (without, with_images)
    ]

    assert [[option["value"] for option in options].count("same") for options in offered] == [0, 1]


@pytest.mark.parametrize(("negative", "boxes", "is_asked"), [("", 2, False), ("", 0, True), ("fog", 2, True)])
async def test_an_edited_part_is_not_moved_to_a_model_without_boxes_by_a_negative_prompt(
    negative: str, boxes: int, *, is_asked: bool
) -> None:
    request = ImageRequest("a red roof", negative_prompt=negative, boxes=((Box(0, 0, 90, 90),),))

    form = ChangeForm("w1:form:change:42", a_job(request=request, input_count=1), replace(LIMITS, boxes=boxes))

    assert ("negative" in fields(form)) is is_asked


async def test_a_model_without_negative_prompts_has_no_field_for_one() -> None:
    form = ChangeForm("w1:form:change:42", a_job(), replace(LIMITS, negative_chars=0))

    assert "negative" not in fields(form)


async def test_a_prompt_over_the_current_models_limit_is_shortened_in_the_form() -> None:
    form = fields(ChangeForm("w1:form:change:42", a_job("x" * 2100), LIMITS))

    assert len(form["words"]["value"]) == form["words"]["max_length"] == 2000


@pytest.mark.parametrize(
    "custom_id",
    [
        "w1:form:edit:",
        "w1:form:edit:x",
        "w1:form:erase:3",
        "w1:form:edit:3\n",
        "w1:form:edit:3:4",
        "w1:form:edit:" + "9" * 21,
    ],
)
def test_a_malformed_form_id_matches_no_form(custom_id: str) -> None:
    assert ids.FORM.fullmatch(custom_id) is None


def test_a_form_id_with_an_impossible_job_id_matches_no_form() -> None:
    assert ids.FORM.fullmatch("w1:form:step:" + "9" * 18)
    assert not ids.FORM.fullmatch("w1:form:step:" + "9" * 19)
    assert not ids.FORM.fullmatch("w1:form:change:" + "9" * 19)


@pytest.mark.parametrize("nonce", ["", ":0123456789abcdef", ":123456789abcde"])
def test_a_form_id_is_recognized_with_and_without_a_nonce(nonce: str) -> None:
    match = ids.FORM.fullmatch(f"w1:form:edit:3{nonce}")

    assert match is not None
    assert (match["form"], match["id"]) == ("edit", "3")


async def test_a_form_shows_as_many_whole_emoji_of_a_prompt_as_discord_accepts() -> None:
    typed = "\N{GRINNING FACE}" * 2100
    field = fields(modals.PromptForm("w1:form:words:10", 10, LIMITS, typed=typed))["words"]

    assert (field["value"], field["max_length"]) == (typed[:2000], 4000)


async def test_the_form_of_a_request_with_input_images_requires_them_again() -> None:
    request = ImageRequest("x", images=tuple(links(2)), count=3, aspect_ratio=AspectRatio.SAME)
    choices_id = int(prompt_form("words", request).removeprefix("words:"))

    form = fields(modals.PromptForm(f"w1:form:words:{choices_id}", choices_id, LIMITS))
    optional_upload = fields(modals.PromptForm("w1:form:words:30", 30, LIMITS))["more"]

    assert (form["more"]["required"], form["more"]["min_values"], selected(form["shape"])) == (True, 1, ["same"])
    assert (optional_upload["required"], optional_upload["min_values"]) == (False, 0)


async def test_each_form_has_a_choice_of_models_and_room_for_it() -> None:
    job = a_job()
    forms = [
        EditForm("w1:form:edit:3", links(3), OFFERED.limits(1), models=choice(1, "wan2.7-image-pro")),
        ChangeForm("w1:form:change:42", job, OFFERED.limits(0), models=choice(0, "z-image-turbo")),
        PromptForm("w1:form:words:10", 10, OFFERED.limits(0), models=choice(0, "z-image-turbo")),
    ]

    chosen = [selected(fields(form)["model"]) for form in forms]

    assert chosen == [["wan2.7-image-pro"], ["z-image-turbo"], ["z-image-turbo"]]
    assert [len(fields(form)) <= 5 for form in forms] == [True] * 3
    assert all("model" not in fields(form) for form in (EditForm("w1:form:edit:3", links(1), LIMITS),))


async def test_the_edit_form_takes_as_many_images_as_the_model_that_takes_most() -> None:
    form = fields(EditForm("w1:form:edit:3", links(12), OFFERED.limits(1), models=choice(1), selected=12))

    assert (form["which"]["max_values"], form["more"]["max_values"]) == (9, 8)
    assert selected(form["which"]) == [str(position) for position in range(1, 10)]


async def test_number_and_quality_share_a_field_where_a_form_has_no_room_for_both() -> None:
    job = replace(a_job(), request=ImageRequest("a fox", count=2, quality=Quality.FOUR_K))

    form = fields(ChangeForm("w1:form:change:42", job, OFFERED.limits(0), models=choice(0)))

    assert {"count", "quality"} & form.keys() == set()
    assert len(form["images"]["options"]) == 12
    assert selected(form["images"]) == ["2:4k"]
    assert next(option["label"] for option in form["images"]["options"] if option["value"] == "3:high") == "3 · high"


async def test_the_form_of_a_palette_keeps_the_number_of_images_for_which_it_has_no_room() -> None:
    _, _, its_id = prompt_form("palette", ImageRequest("a fox", count=3)).partition(":")
    limits = replace(OFFERED.limits(0), max_images=OFFERED.max_images)

    form = PromptForm("w1:form:palette:30", int(its_id), limits, models=choice(0), palette="red, teal, gold")
    request = prompt_request_of(FormData({"words": ("a fox",)}), int(its_id), story=False)

    assert [*fields(form)] == ["words", "palette", "model", "shape", "more"]
    assert fields(form)["palette"]["value"] == "red, teal, gold"
    assert request.count == 3


async def test_a_set_has_at_least_two_images_in_its_form() -> None:
    job = replace(a_job(), request=ImageRequest("a fox", count=12, image_set=True))

    form = fields(ChangeForm("w1:form:change:42", job, OFFERED.limits(0, image_set=True)))

    assert [option["value"] for option in form["count"]["options"]] == [str(number) for number in range(2, 13)]
    assert selected(form["count"]) == ["12"]


async def test_a_form_offers_only_what_the_models_take() -> None:
    limits = replace(LIMITS, aspect_ratios=(AspectRatio.SQUARE, AspectRatio.WIDE), qualities=(Quality.NORMAL,))

    form = fields(ChangeForm("w1:form:change:42", a_job(), limits))

    assert [option["value"] for option in form["shape"]["options"]] == ["square", "wide"]
    assert [option["value"] for option in form["count"]["options"]] == ["1", "2", "3", "4"]
    assert "quality" not in form


async def test_a_form_asks_for_no_number_where_there_is_only_one_unless_another_was_requested() -> None:
    limits = replace(LIMITS, max_count=1)

    change = fields(ChangeForm("w1:form:change:42", a_job(), limits))
    again, too_many = (fields(PromptForm(f"w1:form:words:{its_id}", its_id, limits)) for its_id in (10, 30))

    assert [*change] == ["words", "negative", "shape", "quality"]
    assert "count" not in again
    assert [option["value"] for option in too_many["count"]["options"]] == ["1"]


async def test_a_form_has_no_upload_field_where_no_model_takes_images() -> None:
    assert "more" not in fields(PromptForm("w1:form:words:10", 10, replace(LIMITS, max_images=0)))


@pytest.mark.parametrize("image_set", [False, True])
async def test_the_forms_of_all_models_at_once_fit_into_discords_limits(image_set: bool) -> None:
    every = ModelOptions(build_lineup(tuple(MODELS)), {})
    job = replace(a_job(), request=ImageRequest("a fox", image_set=image_set))
    words, edits = ModelField(every.options(0, job.request)), ModelField(every.options(1))
    forms = [
        EditForm("w1:form:edit:3", links(30), every.limits(1), models=edits),
        ChangeForm("w1:form:change:42", job, every.limits(0, image_set=image_set), models=words),
        PromptForm("w1:form:words:10", 10, every.limits(0), models=words),
    ]

    for form in forms:
        check(form.to_dict())
