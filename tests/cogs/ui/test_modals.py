"""What a form brings back is whatever a client sends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from cogs.ui import ids, modals
from cogs.ui.form_choices import prompt_form
from cogs.ui.modals import ChangeForm, EditForm, FormData, form_data
from imagegen.model import AspectRatio, ImageLink, ImageRequest, Quality
from imagegen.reports import RequestLimits
from tests.cogs.objects import CLIENT, a_file, a_job

KINDS = {"words": 4, "negative": 4, "shape": 3, "which": 3, "count": 3, "quality": 3, "more": 19}
LIMITS = RequestLimits(prompt_chars=2000, negative_chars=500, max_images=4, max_count=4, max_seed=9)


def links(number: int) -> list[ImageLink]:
    return [ImageLink(f"https://cdn.discordapp.com/{place}.png", "x") for place in range(1, number + 1)]


def sent(files: Sequence[str] = (), **values: Any) -> FormData:
    """A form as Discord passes it on from user 5; of *files*, the last was uploaded first."""
    known = {file_id: a_file(name, "text/plain", id=file_id) for file_id, name in zip("98", files, strict=False)}
    given = {"words": "make it night", "shape": ["same"], "more": list(known), **values}
    rows = [
        {"type": 18, "id": 1, "component": {"type": KINDS[name], "id": 2, "custom_id": name, key: value}}
        for name, value in given.items()
        for key in ["value" if KINDS[name] == 4 else "values"]
    ]
    return form_data({"custom_id": "w1:form:edit:3", "components": rows, "resolved": {"attachments": known}}, 5)


def edited(images: int, form: FormData) -> ImageRequest:
    return modals.edit_of(form, links(images), 7)


def urls(request: ImageRequest) -> list[str]:
    return [link.url.rsplit("/", 1)[-1].partition("?")[0] for link in request.images]


def fields(form: Any) -> dict[str, Any]:
    """By their ids, the fields of a form as Discord is told of them."""
    return {row["component"]["custom_id"]: row["component"] for row in form.to_dict()["components"]}


def chosen(field: dict[str, Any]) -> list[str]:
    return [option["value"] for option in field["options"] if option["default"]]


def test_one_image_needs_no_choice() -> None:
    request = edited(1, sent(shape=["wide"]))

    assert (request.prompt, request.aspect_ratio, request.parent_id) == ("make it night", AspectRatio.WIDE, 7)
    assert urls(request) == ["1.png"]


def test_several_images_are_taken_as_they_were_chosen() -> None:
    assert urls(edited(3, sent(which=["3", "1"]))) == ["3.png", "1.png"]


def test_further_images_follow_as_they_were_uploaded_whatever_they_claim_to_be() -> None:
    assert urls(edited(1, sent(["second.png", "notes.txt"]))) == ["1.png", "notes.txt", "second.png"]


def test_a_file_that_was_not_uploaded_is_none() -> None:
    assert urls(edited(1, sent(more=["77", "x", "²"]))) == ["1.png"]


@pytest.mark.parametrize("which", [[], ["0"], ["99"], ["²"], ["-1"], ["1.png"]])
def test_a_choice_that_was_never_offered_falls_back_to_the_first(which: list[str]) -> None:
    assert urls(edited(2, sent(which=which))) == ["1.png"]


def test_a_shape_that_was_never_offered_is_none() -> None:
    assert edited(1, sent(shape=["round"])).aspect_ratio is None


async def test_a_message_of_many_images_offers_as_many_as_a_select_holds() -> None:
    which = fields(EditForm("w1:form:edit:3", links(30), LIMITS))["which"]

    assert (len(which["options"]), which["max_values"]) == (25, 4)


@pytest.mark.parametrize(
    ("names", "called"),
    [
        (["a.png", "b.png"], [1, 2]),
        (["wanvas-42-1.png?ex=1", "wanvas-42-3.webp?ex=1"], [1, 3]),
        (["wanvas-42-2.png", "wanvas-43-2.png"], [1, 2]),
        (["wanvas-42-2.png", "b.png"], [1, 2]),
    ],
    ids=["anybody's", "one left out", "two cards", "mixed"],
)
async def test_images_are_called_as_their_card_calls_them(names: list[str], called: list[int]) -> None:
    images = [ImageLink(f"https://cdn.discordapp.com/attachments/1/2/{name}", "media") for name in names]

    which = fields(EditForm("w1:form:edit:3", images, LIMITS))["which"]

    assert [option["label"] for option in which["options"]] == [f"image {number}" for number in called]
    assert [option["value"] for option in which["options"]] == ["1", "2"]


async def test_a_form_is_kept_nowhere() -> None:
    form = EditForm("w1:form:edit:3", links(1), LIMITS)

    assert form.is_finished()
    assert CLIENT.persistent_views == []


async def test_a_change_begins_with_what_was_asked() -> None:
    job = a_job()
    asked = ImageRequest(
        "a lighthouse", aspect_ratio=AspectRatio.TALL, quality=Quality.HIGH, count=3, negative_prompt="fog"
    )

    form = fields(ChangeForm("w1:form:change:42", replace(job, request=asked), LIMITS))

    assert (form["words"]["value"], form["negative"]["value"]) == ("a lighthouse", "fog")
    assert [chosen(form[name]) for name in ("shape", "count", "quality")] == [["tall"], ["3"], ["high"]]


async def test_only_where_there_are_images_their_shape_can_be_kept() -> None:
    without, among = a_job(), a_job(input_count=1)

    offered = [fields(ChangeForm("w1:form:change:42", job, LIMITS))["shape"]["options"] for job in (without, among)]

    assert [[option["value"] for option in options].count("same") for options in offered] == [0, 1]


async def test_a_model_that_reads_no_words_to_avoid_is_not_asked_for_them() -> None:
    form = ChangeForm("w1:form:change:42", a_job(), replace(LIMITS, negative_chars=0))

    assert "negative" not in fields(form)


async def test_words_longer_than_the_model_reads_now_are_cut_to_what_it_takes() -> None:
    form = fields(ChangeForm("w1:form:change:42", a_job("x" * 2100), LIMITS))

    assert len(form["words"]["value"]) == form["words"]["max_length"] == 2000


def test_a_change_is_what_was_filled_in() -> None:
    form = sent(words=" by night ", negative="fog", shape=["wide"], count=["4"], quality=["high"])

    request = modals.change_of(form, a_job().request)

    assert (request.prompt, request.negative_prompt) == ("by night", "fog")
    assert (request.aspect_ratio, request.count, request.quality) == (AspectRatio.WIDE, 4, Quality.HIGH)


@pytest.mark.parametrize("count", ["", "²", "-1", "1e3", "9" * 30, "\u202e4"])
def test_what_a_change_never_offered_leaves_the_request_as_it_is(count: str) -> None:
    asked = a_job(count=2).request

    request = modals.change_of(sent(words="x", shape=["round"], count=[count], quality=["best"]), asked)

    assert (request.aspect_ratio, request.count, request.quality) == (asked.aspect_ratio, 2, asked.quality)


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
def test_an_id_that_is_not_ours_is_no_form(custom_id: str) -> None:
    assert ids.FORM.fullmatch(custom_id) is None


def test_a_job_s_id_that_no_database_holds_is_no_form() -> None:
    assert ids.FORM.fullmatch("w1:form:step:" + "9" * 18)
    assert not ids.FORM.fullmatch("w1:form:step:" + "9" * 19)
    assert not ids.FORM.fullmatch("w1:form:change:" + "9" * 19)


@pytest.mark.parametrize("data", [{}, {"components": []}, {"components": [{"type": 18}, {"type": 10}]}])
def test_a_form_without_fields_is_empty(data: dict[str, Any]) -> None:
    form = form_data(data)

    assert (form.typed, form.files) == ("", ())
    assert edited(1, form).prompt == ""


def test_all_that_was_typed_can_be_given_back() -> None:
    assert sent(words="by night", negative="fog").typed == "by night\n\nfog"


def test_a_file_of_a_form_is_whose_it_was_and_hidden_where_its_name_says_so() -> None:
    hidden, opened = sent(["open.txt", "SPOILER_secret.png"]).files

    assert [(file.owners, file.spoiler, file.claimed_type) for file in (hidden, opened)] == [
        ((5, None), True, "text/plain"),
        ((5, None), False, "text/plain"),
    ]


def test_words_of_a_form_that_no_database_keeps_are_cleaned() -> None:
    form = sent(words="a\0\ud83db", negative="\udc00")

    assert (form.text("words"), form.typed) == ("ab", "ab")


@pytest.mark.parametrize("nonce", ["", ":0123456789abcdef", ":123456789abcde"])
def test_a_form_is_known_with_and_without_what_tells_it_from_the_one_before(nonce: str) -> None:
    known = ids.FORM.fullmatch(f"w1:form:edit:3{nonce}")

    assert known is not None
    assert (known["form"], known["id"]) == ("edit", "3")


async def test_emoji_that_were_typed_stand_whole_in_a_form_as_far_as_discord_takes_them() -> None:
    typed = "\N{GRINNING FACE}" * 2100
    words = fields(modals.PromptForm("w1:form:words:10", 10, LIMITS, typed=typed))["words"]

    assert (words["value"], words["max_length"]) == (typed[:2000], 4000)


async def test_a_request_that_came_with_images_asks_for_them_once_more() -> None:
    with_images = ImageRequest("x", images=tuple(links(2)), count=3, aspect_ratio=AspectRatio.SAME)
    its_id = int(prompt_form("words", with_images).removeprefix("words:"))

    more = fields(modals.PromptForm(f"w1:form:words:{its_id}", its_id, LIMITS))
    without = fields(modals.PromptForm("w1:form:words:30", 30, LIMITS))["more"]

    assert (more["more"]["required"], more["more"]["min_values"], chosen(more["shape"])) == (True, 1, ["same"])
    assert (without["required"], without["min_values"]) == (False, 0)
    assert (
        modals.prompt_request_of(sent(["a.png"], shape=["square"]), its_id, story=False).aspect_ratio
        is AspectRatio.SQUARE
    )
