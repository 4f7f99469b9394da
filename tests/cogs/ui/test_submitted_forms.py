"""Submitted forms are read safely, whatever a client sends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from cogs.ui import submitted_forms
from cogs.ui.form_choices import prompt_form
from cogs.ui.submitted_forms import FormData, form_data
from imagegen.image_request import AspectRatio, ImageRequest, Quality
from tests.cogs.objects import a_file, a_job
from tests.cogs.ui.test_modals import links

KINDS = {
    "words": 4, "negative": 4, "shape": 3, "which": 3, "count": 3, "quality": 3, "images": 3, "model": 3, "more": 19,
}  # fmt: skip


def submitted(files: Sequence[str] = (), **values: Any) -> FormData:
    """Return a form as Discord delivers it from user 5. The last of *files* was uploaded first."""
    attachments = {file_id: a_file(name, "text/plain", id=file_id) for file_id, name in zip("98", files, strict=False)}
    values_by_field = {"words": "make it night", "shape": ["same"], "more": list(attachments), **values}
    rows = [
        {"type": 18, "id": 1, "component": {"type": KINDS[name], "id": 2, "custom_id": name, key: value}}
        for name, value in values_by_field.items()
        for key in ["value" if KINDS[name] == 4 else "values"]
    ]
    return form_data({"custom_id": "w1:form:edit:3", "components": rows, "resolved": {"attachments": attachments}}, 5)


def edited(images: int, form: FormData) -> ImageRequest:
    return submitted_forms.edit_of(form, links(images), 7)


def urls(request: ImageRequest) -> list[str]:
    return [link.url.rsplit("/", 1)[-1].partition("?")[0] for link in request.images]


def test_an_edit_of_one_image_needs_no_choice() -> None:
    request = edited(1, submitted(shape=["wide"]))

    assert (request.prompt, request.aspect_ratio, request.parent_id) == ("make it night", AspectRatio.WIDE, 7)
    assert urls(request) == ["1.png"]


def test_an_edit_uses_the_selected_images_in_the_selected_order() -> None:
    assert urls(edited(3, submitted(which=["3", "1"]))) == ["3.png", "1.png"]


def test_uploaded_files_follow_in_order_of_upload_whatever_their_type() -> None:
    assert urls(edited(1, submitted(["second.png", "notes.txt"]))) == ["1.png", "notes.txt", "second.png"]


def test_the_id_of_a_file_that_was_not_uploaded_is_ignored() -> None:
    assert urls(edited(1, submitted(more=["77", "x", "²"]))) == ["1.png"]


@pytest.mark.parametrize("which", [[], ["0"], ["99"], ["²"], ["-1"], ["1.png"]])
def test_an_invalid_choice_of_images_falls_back_to_the_first_image(which: list[str]) -> None:
    assert urls(edited(2, submitted(which=which))) == ["1.png"]


def test_an_unknown_aspect_ratio_is_ignored() -> None:
    assert edited(1, submitted(shape=["round"])).aspect_ratio is None


def test_an_edited_prompt_form_replaces_the_fields_of_the_request() -> None:
    form = submitted(words=" by night ", negative="fog", shape=["wide"], count=["4"], quality=["high"])

    request = submitted_forms.change_of(form, a_job().request)

    assert (request.prompt, request.negative_prompt) == ("by night", "fog")
    assert (request.aspect_ratio, request.count, request.quality) == (AspectRatio.WIDE, 4, Quality.HIGH)


@pytest.mark.parametrize("count", ["", "²", "-1", "1e3", "9" * 30, "\u202e4"])
def test_an_invalid_choice_leaves_the_field_of_the_request_unchanged(count: str) -> None:
    original = a_job(count=2).request

    request = submitted_forms.change_of(
        submitted(words="x", shape=["round"], count=[count], quality=["best"]), original
    )

    assert (request.aspect_ratio, request.count, request.quality) == (original.aspect_ratio, 2, original.quality)


@pytest.mark.parametrize("data", [{}, {"components": []}, {"components": [{"type": 18}, {"type": 10}]}])
def test_a_form_without_fields_is_empty(data: dict[str, Any]) -> None:
    form = form_data(data)

    assert (form.typed, form.files) == ("", ())
    assert edited(1, form).prompt == ""


def test_a_form_returns_everything_that_was_typed() -> None:
    assert submitted(words="by night", negative="fog").typed == "by night\n\nfog"


def test_an_uploaded_file_belongs_to_its_sender_and_a_spoiler_file_stays_hidden() -> None:
    hidden, visible = submitted(["open.txt", "SPOILER_secret.png"]).files

    assert [(file.owners, file.spoiler, file.claimed_type) for file in (hidden, visible)] == [
        ((5, None), True, "text/plain"),
        ((5, None), False, "text/plain"),
    ]


def test_characters_that_the_database_cannot_store_are_removed_from_a_form() -> None:
    form = submitted(words="a\0\ud83db", negative="\udc00")

    assert (form.text("words"), form.typed) == ("ab", "ab")


@pytest.mark.parametrize(
    ("chosen", "count", "quality"),
    [("3:4k", 3, Quality.FOUR_K), ("1:normal", 1, Quality.NORMAL), ("x:best", 2, Quality.HIGH), ("", 2, Quality.HIGH)],
)
def test_number_and_quality_are_read_from_one_field(chosen: str, count: int, quality: Quality) -> None:
    original = replace(a_job(count=2).request, quality=Quality.HIGH)

    request = submitted_forms.change_of(submitted(images=[chosen]), original)

    assert (request.count, request.quality) == (count, quality)


@pytest.mark.parametrize(
    ("chosen", "model"),
    [(["z-image-turbo"], "z-image-turbo"), (["default"], None), ([], None), (["gone\0"], "gone"), (["a", "b"], "a\nb")],
)
def test_the_chosen_model_is_read_whatever_a_client_sends(chosen: list[str], model: str | None) -> None:
    form, before = submitted(model=chosen), replace(a_job().request, model="wan2.7-image")

    edit, again = edited(1, form), submitted_forms.prompt_request_of(form, 10, story=False)

    assert [edit.model, again.model, submitted_forms.change_of(form, before).model] == [model] * 3


def test_a_form_without_a_choice_leaves_the_model_as_it_is() -> None:
    before = replace(a_job().request, model="wan2.7-image")

    assert submitted_forms.change_of(submitted(), before).model == "wan2.7-image"


def test_a_refused_quality_is_kept_by_the_id_of_the_form() -> None:
    its_id = int(prompt_form("words", ImageRequest("x", quality=Quality.FOUR_K, count=2)).removeprefix("words:"))

    request = submitted_forms.prompt_request_of(submitted(), its_id, story=False)

    assert (request.quality, request.count) == (Quality.FOUR_K, 2)


def test_a_chosen_aspect_ratio_replaces_that_of_the_input_image() -> None:
    request = ImageRequest("x", images=tuple(links(2)), count=3, aspect_ratio=AspectRatio.SAME)
    its_id = int(prompt_form("words", request).removeprefix("words:"))

    again = submitted_forms.prompt_request_of(submitted(["a.png"], shape=["square"]), its_id, story=False)

    assert again.aspect_ratio is AspectRatio.SQUARE
