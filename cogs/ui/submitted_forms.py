"""Read the forms that members submit. A client may send anything."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import discord

from cogs.ui.form_choices import PRIVATE, WHO, count_and_aspect_ratio, had_images, quality_in, unseen_in
from cogs.ui.limits import SELECT_OPTIONS
from cogs.ui.model_choices import DEFAULT, FIELD
from imagegen.image_request import AspectRatio, ImageLink, ImageRequest, Quality
from imagegen.policy.validation import clean_text

E = TypeVar("E", AspectRatio, Quality)

SPOILER = 1 << 3  # https://discord.com/developers/docs/resources/message#attachment-object (2026-11-25)


@dataclass(frozen=True)
class FormData:
    """The values of a submitted form by field id. A client may send anything."""

    values: Mapping[str, tuple[str, ...]]
    files: tuple[ImageLink, ...] = ()

    def text(self, field: str) -> str:
        """Return the text of a field; "" if the form has none."""
        return clean_text("\n".join(self.values.get(field, ()))).strip()

    @property
    def model(self) -> str | None:
        """Return the chosen model; None if the form has no choice, or the default was chosen."""
        named = self.text(FIELD)
        return None if named in ("", DEFAULT) else named

    @property
    def shape(self) -> str:
        """Return the chosen aspect ratio."""
        return self.text("shape").partition(":")[0]

    @property
    def private(self) -> bool:
        """Return whether only the member is to see the results: by the field of its own, or with the aspect ratio."""
        return PRIVATE in (self.text(WHO), self.text("shape").partition(":")[2])

    @property
    def typed(self) -> str:
        """Return all typed text."""
        return "\n\n".join(text for text in (self.text("words"), self.text("negative")) if text)


def submitted_id(interaction: discord.Interaction[Any], form: re.Pattern[str]) -> re.Match[str] | None:
    """Return the id of the submitted form if it is one of *form*; None for any other interaction."""
    if interaction.type is not discord.InteractionType.modal_submit:
        return None
    return form.fullmatch(str(_data_of(interaction).get("custom_id")))


def submitted_data(interaction: discord.Interaction[Any]) -> FormData:
    """Return the values of the submitted form. Raises as ``form_data``."""
    return form_data(_data_of(interaction), interaction.user.id)


def _data_of(interaction: discord.Interaction[Any]) -> Mapping[str, Any]:
    data: Any = interaction.data
    found: Mapping[str, Any] = data or {}
    return found


def form_data(data: Mapping[str, Any], user_id: int | None = None) -> FormData:
    """Read a form that *user_id* submitted. Files are in upload order: Discord numbers them as they arrive.

    https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-object-modal-submit-data-structure
    (2026-11-24)
    """
    values = dict(_values(data))
    known = data.get("resolved", {}).get("attachments", {})
    files = [known[file_id] for file_id in sorted(set(values.pop("more", ())), key=_age) if file_id in known]
    return FormData(values, tuple(_link(file, user_id) for file in files))


def _link(file: Mapping[str, Any], user_id: int | None) -> ImageLink:
    name = clean_text(str(file["filename"]))
    return ImageLink(
        clean_text(str(file["url"])),
        name,
        int(file["size"]),
        owner_id=user_id,
        spoiler=name.startswith("SPOILER_") or bool(int(file.get("flags") or 0) & SPOILER),
        claimed_type=str(file.get("content_type") or ""),
    )


def _values(data: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for row in data.get("components", ()):
        field = row.get("component") or {}
        given = field.get("values") or ([field["value"]] if field.get("value") is not None else [])
        yield str(field.get("custom_id")), tuple(str(value) for value in given)


def _age(file_id: str) -> int:
    return int(file_id) if file_id.isdecimal() else 0


def edit_of(form: FormData, images: Sequence[ImageLink], parent_id: int | None) -> ImageRequest:
    """Return the request of an EditForm. A value that the form did not offer becomes its first choice."""
    by_position = {str(position): link for position, link in enumerate(images[:SELECT_OPTIONS], start=1)}
    chosen = [by_position[value] for value in form.values.get("which", ()) if value in by_position] or images[:1]
    return ImageRequest(
        form.text("words"),
        images=(*chosen, *form.files),
        origins=("message",) * len(chosen) + ("form",) * len(form.files),
        aspect_ratio=_one_of(AspectRatio, form.shape, None),
        parent_id=parent_id,
        model=form.model,
    )


def prompt_request_of(form: FormData, its_id: int, *, story: bool, image_set: bool = False) -> ImageRequest:
    """Return the request of a PromptForm. An untouched aspect ratio is that of the refused request."""
    count, aspect_ratio = count_and_aspect_ratio(its_id)
    chosen, asked = _one_of(AspectRatio, form.shape, aspect_ratio), form.text("count")
    untouched = not had_images(its_id) and aspect_ratio in (None, AspectRatio.SAME) and chosen is AspectRatio.SQUARE
    return ImageRequest(
        form.text("words"),
        images=form.files,
        aspect_ratio=None if untouched else chosen,
        quality=Quality.NORMAL if story else quality_in(its_id),
        count=_number(asked, count),
        story=story,
        image_set=image_set,
        model=form.model,
        **unseen_in(its_id),
    )


def change_of(form: FormData, request: ImageRequest) -> ImageRequest:
    """Return the request of a ChangeForm. A value that the form did not offer leaves *request* as it is."""
    both, _, quality = form.text("images").partition(":")
    count = _number(form.text("count") or both, request.count)
    return replace(
        request,
        prompt=form.text("words"),
        fewer=request.fewer and count == request.count,
        negative_prompt=form.text("negative") if "negative" in form.values else request.negative_prompt,
        aspect_ratio=_one_of(AspectRatio, form.shape, request.aspect_ratio),
        quality=_one_of(Quality, form.text("quality") or quality, request.quality) or Quality.NORMAL,
        count=count,
        model=form.model if FIELD in form.values else request.model,
    )


def _number(text: str, otherwise: int) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,2}", text) else otherwise


def _one_of(kind: type[E], value: str, otherwise: E | None) -> E | None:
    try:
        return kind(value)
    except ValueError:
        return otherwise
