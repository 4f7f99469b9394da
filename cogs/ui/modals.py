"""Draw the forms, and read what members fill in.

A form is known by its id alone (cogs/ui/ids.py), so it works after a restart. The id names a message (edit), or the job
whose result is meant (step, change). cogs/forms.py handles submissions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import discord
from discord import ui

from cogs.text.i18n import ENGLISH, Translator
from cogs.text.units import cut, units
from cogs.ui.form_choices import ASPECT_RATIOS, count_and_aspect_ratio, had_images
from cogs.ui.ids import result_in
from cogs.ui.limits import SELECT_OPTIONS, TEXT_INPUT_CHARS
from imagegen.model import AspectRatio, ImageLink, ImageRequest, Job, Quality
from imagegen.policy.validation import clean_text
from imagegen.reports import RequestLimits

E = TypeVar("E", AspectRatio, Quality)

UPLOADS = 4
SPOILER = 1 << 3  # https://discord.com/developers/docs/resources/message#attachment-object (2026-11-25)


class _Form(ui.Modal):
    """A form that discord.py does not keep: it would forget it in a restart, and keep a dismissed one until then."""

    def __init__(self, title: str, custom_id: str) -> None:
        super().__init__(title=title, custom_id=custom_id)
        self.stop()

    def _ask(self, text: str, component: ui.Item[Any], description: str | None = None) -> None:
        self.add_item(ui.Label(text=text, component=component, description=description))


class EditForm(_Form):
    """Ask for a prompt, an aspect ratio and further images for an edit of *images*."""

    def __init__(
        self,
        custom_id: str,
        images: Sequence[ImageLink],
        limits: RequestLimits,
        translate: Translator = ENGLISH,
        typed: str = "",
    ) -> None:
        super().__init__(translate("Edit image"), custom_id)
        change = _text("words", typed, limits.prompt_chars)
        change.placeholder = translate("For example: make it night")
        self._ask(translate("What should change?"), change)
        self._ask(translate("Aspect ratio"), _aspect_ratios(AspectRatio.SAME, translate, images=True))
        if len(images) > 1:
            most = translate("Up to {limit} images per edit, including the ones you add below", limit=limits.max_images)
            self._ask(translate("Which images?"), _which(images, limits.max_images, translate), most)
        more: ui.FileUpload[Any] = ui.FileUpload(
            custom_id="more", required=False, min_values=0, max_values=limits.max_images - 1
        )
        self._ask(translate("Add images"), more, translate("Used after the images above, in this order"))


class ChangeForm(_Form):
    """Offer the prompt and options of *source* for changes."""

    def __init__(
        self, custom_id: str, source: Job, limits: RequestLimits, translate: Translator = ENGLISH, typed: str = ""
    ) -> None:
        super().__init__(translate("Edit prompt"), custom_id)
        request = source.request
        self._ask(
            translate("Prompt"), _text("words", typed or request.prompt[: limits.prompt_chars], limits.prompt_chars)
        )
        if limits.negative_chars:
            avoid = _text(
                "negative", request.negative_prompt[: limits.negative_chars], limits.negative_chars, required=False
            )
            self._ask(translate("Negative prompt"), avoid)
        aspect_ratio = request.aspect_ratio or AspectRatio.SQUARE
        self._ask(translate("Aspect ratio"), _aspect_ratios(aspect_ratio, translate, images=source.input_count > 0))
        counts = [str(number) for number in range(1, limits.max_count + 1)]
        self._ask(translate("Number of images"), _select("count", {n: n for n in counts}, str(request.count)))
        qualities = {quality.value: translate(quality.value) for quality in Quality}
        if not request.story:
            self._ask(translate("Quality"), _select("quality", qualities, request.quality.value))


class PromptForm(_Form):
    """Offer a refused request again. Its input images are no longer kept, so ask for them."""

    def __init__(
        self, custom_id: str, its_id: int, limits: RequestLimits, translate: Translator = ENGLISH, typed: str = ""
    ) -> None:
        super().__init__(translate("Edit prompt"), custom_id)
        count, aspect_ratio = count_and_aspect_ratio(its_id)
        self._ask(translate("Prompt"), _text("words", typed, limits.prompt_chars))
        given = had_images(its_id)
        usual = AspectRatio.SAME if given else AspectRatio.SQUARE
        kept = aspect_ratio if aspect_ratio is not None and (given or aspect_ratio is not AspectRatio.SAME) else usual
        self._ask(translate("Aspect ratio"), _aspect_ratios(kept, translate, images=given))
        counts = {str(number): str(number) for number in range(1, limits.max_count + 1)}
        self._ask(translate("Number of images"), _select("count", counts, str(count)))
        more: ui.FileUpload[Any] = ui.FileUpload(
            custom_id="more", required=given, min_values=int(given), max_values=UPLOADS
        )
        label = translate("Attach the input images again") if given else translate("Add images")
        self._ask(label, more, translate("Used in this order"))


def _text(custom_id: str, filled_in: str, most: int, *, required: bool = True) -> ui.TextInput[Any]:
    """Return a text field. A prompt that is too long is not cut: its writer shortens it."""
    most = min(TEXT_INPUT_CHARS, max(most, units(filled_in)))
    return ui.TextInput(
        style=discord.TextStyle.paragraph,
        custom_id=custom_id,
        default=cut(filled_in, most),
        max_length=most,
        required=required,
    )


def _select(custom_id: str, choices: Mapping[str, str], chosen: str) -> ui.Select[Any]:
    options = [discord.SelectOption(label=label, value=v, default=v == chosen) for v, label in choices.items()]
    return ui.Select(custom_id=custom_id, options=options)


def _aspect_ratios(chosen: AspectRatio, translate: Translator, *, images: bool) -> ui.Select[Any]:
    """*images*: whether there are any whose shape could be kept."""
    offered = {
        aspect_ratio.value: translate(name)
        for aspect_ratio, name in ASPECT_RATIOS.items()
        if images or aspect_ratio is not AspectRatio.SAME
    }
    return _select("shape", offered, chosen.value)


def _which(images: Sequence[ImageLink], most: int, translate: Translator) -> ui.Select[Any]:
    options = [
        discord.SelectOption(
            label=translate("image {number}", number=number), value=str(position), default=position == 1
        )
        for position, number in enumerate(numbers(images)[:SELECT_OPTIONS], start=1)
    ]
    return ui.Select(custom_id="which", max_values=min(len(options), most), options=options)


def numbers(images: Sequence[ImageLink]) -> list[int]:
    """Return the number of each image: as in the bot's own message if it left one out, else counted from 1."""
    known = [named[1] for link in images if (named := result_in(link.url)) is not None]
    return known if len(set(known)) == len(images) else list(range(1, len(images) + 1))


@dataclass(frozen=True)
class FormData:
    """The values of a submitted form by field id. A client may send anything."""

    values: Mapping[str, tuple[str, ...]]
    files: tuple[ImageLink, ...] = ()

    def text(self, field: str) -> str:
        """Return the text of a field; "" if the form has none."""
        return clean_text("\n".join(self.values.get(field, ()))).strip()

    @property
    def typed(self) -> str:
        """Return all typed text."""
        return "\n\n".join(text for text in (self.text("words"), self.text("negative")) if text)


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
        aspect_ratio=_one_of(AspectRatio, form, "shape", None),
        parent_id=parent_id,
    )


def prompt_request_of(form: FormData, its_id: int, *, story: bool) -> ImageRequest:
    """Return the request of a PromptForm. An untouched aspect ratio is that of the refused request."""
    count, aspect_ratio = count_and_aspect_ratio(its_id)
    chosen, asked = _one_of(AspectRatio, form, "shape", aspect_ratio), form.text("count")
    untouched = not had_images(its_id) and aspect_ratio in (None, AspectRatio.SAME) and chosen is AspectRatio.SQUARE
    return ImageRequest(
        form.text("words"),
        images=form.files,
        aspect_ratio=None if untouched else chosen,
        count=int(asked) if re.fullmatch(r"[0-9]{1,2}", asked) else count,
        story=story,
    )


def change_of(form: FormData, request: ImageRequest) -> ImageRequest:
    """Return the request of a ChangeForm. A value that the form did not offer leaves *request* as it is."""
    count = form.text("count")
    return replace(
        request,
        prompt=form.text("words"),
        negative_prompt=form.text("negative"),
        aspect_ratio=_one_of(AspectRatio, form, "shape", request.aspect_ratio),
        quality=_one_of(Quality, form, "quality", request.quality) or Quality.NORMAL,
        count=int(count) if re.fullmatch(r"[0-9]{1,2}", count) else request.count,
    )


def _one_of(kind: type[E], form: FormData, field: str, otherwise: E | None) -> E | None:
    try:
        return kind(form.text(field))
    except ValueError:
        return otherwise
