"""Draw the forms. cogs/ui/submitted_forms.py reads what members fill in.

A form is known by its id alone (cogs/ui/ids.py), so it works after a restart. The id names a message (edit), or the job
whose result is meant (step, change). cogs/forms.py handles submissions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import discord
from discord import ui

from cogs.text.i18n import ENGLISH, Translator
from cogs.text.units import cut, units
from cogs.ui.form_choices import ASPECT_RATIOS, OPEN, PRIVATE, QUALITIES, WHO, count_and_aspect_ratio, had_images
from cogs.ui.ids import result_in
from cogs.ui.limits import MODAL_FIELDS, SELECT_OPTIONS, TEXT_INPUT_CHARS, UPLOADS
from cogs.ui.model_choices import ModelField
from cogs.ui.style_choices import StyleField
from imagegen.image_request import AspectRatio, ImageLink, ImageRequest
from imagegen.model import Job
from imagegen.policy.alternatives import escaped
from imagegen.policy.palette import MAX_CHARS
from imagegen.reports import RequestLimits

NO_CHOICE, NO_STYLES = ModelField(), StyleField()
WHO_SEES = {OPEN: "Everyone here", PRIVATE: "Only you"}
HELD = "A model that can't use them leaves out: {parts}"
LIMIT = "Up to {limit} images per edit, including the ones you add below"
WITHOUT = "Without {parts}: no model here has that now"
LIMIT_BY_MODEL = "Up to {limit} images if the model takes them, including the ones you add below"


class Form(ui.Modal):
    """A form that discord.py does not keep: it would forget it in a restart, and keep a dismissed one until then."""

    def __init__(self, title: str, custom_id: str) -> None:
        super().__init__(title=title, custom_id=custom_id)
        self.stop()

    def _ask(self, text: str, component: ui.Item[Any], description: str | None = None) -> ui.Label[Any]:
        label = ui.Label[Any](text=text, component=component, description=description)
        self.add_item(label)
        return label

    def _ask_who_sees(self, private: bool | None, translate: Translator, beside: ui.Label[Any] | None = None) -> None:
        """Ask who sees the results; with the question *beside*, a select, if the form has no room for another.

        *private* is selected; None: there is no choice.
        """
        if private is None:
            return
        if len(self.children) < MODAL_FIELDS:
            choices = {value: translate(name) for value, name in WHO_SEES.items()}
            self._ask(translate("Who sees the results?"), _select(WHO, choices, PRIVATE if private else OPEN))
        elif beside is not None and isinstance(beside.component, ui.Select):
            beside.text = translate("{question} and who sees the results", question=beside.text)
            beside.component.options = _with_private(beside.component.options, private, translate)

    def _ask_for_style(self, styles: StyleField, translate: Translator, *, beside: int = 0) -> None:
        """Ask for a style, if there is one to choose and the form has room, also for *beside* more fields."""
        if styles.is_needed and len(self.children) + beside < MODAL_FIELDS:
            self._ask(translate("Style"), styles.select(translate))

    def _ask_for_model(self, models: ModelField, translate: Translator) -> None:
        if models.is_needed:
            held = translate(HELD, parts=translate.nouns([*models.held])) if models.held else None
            self._ask(translate("Model"), models.select(translate), held)


class EditForm(Form):
    """Ask for a prompt, an aspect ratio and further images for an edit of *images*, of which the first are selected.

    If members can choose a model, the limits are those of the model that takes most.
    """

    def __init__(
        self,
        custom_id: str,
        images: Sequence[ImageLink],
        limits: RequestLimits,
        translate: Translator = ENGLISH,
        typed: str = "",
        models: ModelField = NO_CHOICE,
        selected: int = 1,
        picked: int | None = None,
        private: bool | None = None,
        styles: StyleField = NO_STYLES,
    ) -> None:
        """*picked*: the number of the only image, in a message with several."""
        title = translate("Edit image") if picked is None else translate("Edit image {number}", number=picked)
        super().__init__(title, custom_id)
        change = text_field("words", typed, limits.prompt_chars)
        change.placeholder = translate("For example: make it night")
        self._ask(translate("What should change?"), change)
        self._ask_for_model(models, translate)
        offered = _aspect_ratios(AspectRatio.SAME, limits, translate, images=True)
        aspect_ratio = self._ask(translate("Aspect ratio"), offered)
        self._ask_for_style(styles, translate, beside=int(len(images) > 1))
        if len(images) > 1:
            most = translate(LIMIT_BY_MODEL if models.is_needed else LIMIT, limit=limits.max_images)
            self._ask(translate("Which images?"), _which(images, limits.max_images, selected, translate), most)
        if limits.max_images > 1 and len(self.children) < MODAL_FIELDS:
            more = _uploads(limits.max_images - 1)
            self._ask(translate("Add images"), more, translate("Used after the images above, in this order"))
        self._ask_who_sees(private, translate, aspect_ratio)


class ChangeForm(Form):
    """Offer the prompt and options of *source* for changes. *without* names what no offered model takes of it now.

    An edit of a part is asked for no negative prompt: no model that takes boxes reads one.
    """

    def __init__(
        self,
        custom_id: str,
        source: Job,
        limits: RequestLimits,
        translate: Translator = ENGLISH,
        typed: str = "",
        models: ModelField = NO_CHOICE,
        without: Sequence[str] = (),
        private: bool | None = None,
        styles: StyleField = NO_STYLES,
    ) -> None:
        """A form with a style asks for no negative prompt if there is none yet: it has five fields at most."""
        super().__init__(translate("Edit prompt"), custom_id)
        request = source.request
        self._ask(
            translate("Prompt"),
            text_field("words", typed or _as_typed(request)[: limits.prompt_chars], limits.prompt_chars),
            _without(without, translate),
        )
        has_room = not (limits.boxes and any(request.boxes)) and not styles.is_needed
        if limits.negative_chars and (request.negative_prompt or has_room):
            avoid = text_field(
                "negative", request.negative_prompt[: limits.negative_chars], limits.negative_chars, required=False
            )
            self._ask(translate("Negative prompt"), avoid)
        self._ask_for_model(models, translate)
        aspect_ratio = request.aspect_ratio or AspectRatio.SQUARE
        offered = _aspect_ratios(aspect_ratio, limits, translate, images=source.input_count > 0)
        label = self._ask(translate("Aspect ratio"), offered)
        self._ask_for_style(styles, translate)
        self._ask_for_images(request, limits, translate)
        self._ask_who_sees(private, translate, label)

    def _ask_for_images(self, request: ImageRequest, limits: RequestLimits, translate: Translator) -> None:
        """Ask for the number and the quality of the images: in one field, if the form has no room for two.

        Do not ask where there is one choice.
        """
        least = 2 if request.image_set else 1
        counts = {str(number): str(number) for number in range(least, limits.max_count + 1)}
        qualities = {quality.value: translate(QUALITIES[quality]) for quality in limits.qualities}
        number = translate("Number of images"), "count", counts, str(request.count)
        quality = translate("Quality"), "quality", qualities, request.quality.value
        asked = [field for field in (number, quality) if len(field[2]) > 1 and not (request.story and field is quality)]
        if len(self.children) + len(asked) <= MODAL_FIELDS:
            for text, custom_id, choices, chosen in asked:
                self._ask(text, _select(custom_id, choices, chosen))
        elif len(self.children) < MODAL_FIELDS:
            both = {f"{n}:{value}": f"{n} · {name}" for value, name in qualities.items() for n in counts}
            chosen = f"{request.count}:{request.quality.value}"
            self._ask(translate("Number of images and quality"), _select("images", both, chosen))


class PromptForm(Form):
    """Offer a refused request again. Its input images are no longer kept, so ask for them."""

    def __init__(
        self,
        custom_id: str,
        its_id: int,
        limits: RequestLimits,
        translate: Translator = ENGLISH,
        typed: str = "",
        models: ModelField = NO_CHOICE,
        palette: str | None = None,
        without: Sequence[str] = (),
        private: bool | None = None,
        styles: StyleField = NO_STYLES,
    ) -> None:
        """*palette*: a palette as typed; None: the form has no field for one. *without* as in ChangeForm."""
        super().__init__(translate("Edit prompt"), custom_id)
        count, aspect_ratio = count_and_aspect_ratio(its_id)
        self._ask(translate("Prompt"), text_field("words", typed, limits.prompt_chars), _without(without, translate))
        if palette is not None:
            field = text_field("palette", palette, MAX_CHARS, required=False)
            self._ask(translate("Palette"), field, translate("For example: #C2D1E6 40%, teal, gold"))
        self._ask_for_model(models, translate)
        given = had_images(its_id)
        usual = AspectRatio.SAME if given else AspectRatio.SQUARE
        kept = aspect_ratio if aspect_ratio is not None and (given or aspect_ratio is not AspectRatio.SAME) else usual
        shapes = self._ask(translate("Aspect ratio"), _aspect_ratios(kept, limits, translate, images=given))
        self._ask_for_style(styles, translate, beside=int(limits.max_images > 0))
        has_room = len(self.children) + 2 <= MODAL_FIELDS or not limits.max_images
        if has_room and max(limits.max_count, count) > 1:  # otherwise, the number stays as it was
            counts = {str(number): str(number) for number in range(1, limits.max_count + 1)}
            self._ask(translate("Number of images"), _select("count", counts, str(count)))
        label = translate("Attach the input images again") if given else translate("Add images")
        if limits.max_images:
            self._ask(label, _uploads(limits.max_images, required=given), translate("Used in this order"))
        self._ask_who_sees(private, translate, shapes)


def _as_typed(request: ImageRequest) -> str:
    """Return the prompt of *request* as a member types it: in a story, braces are text."""
    return request.prompt if request.story else escaped(request.prompt)


def _without(parts: Sequence[str], translate: Translator) -> str | None:
    """Return what is left out of a request because no offered model takes it."""
    return translate(WITHOUT, parts=translate.nouns([*parts])) if parts else None


def text_field(custom_id: str, filled_in: str, most: int, *, required: bool = True) -> ui.TextInput[Any]:
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


def _with_private(
    options: Sequence[discord.SelectOption], private: bool, translate: Translator
) -> list[discord.SelectOption]:
    """Return *options*, and each of them again for private results."""
    open_to_all = [
        discord.SelectOption(label=option.label, value=option.value, default=option.default and not private)
        for option in options
    ]
    return [
        *open_to_all,
        *(
            discord.SelectOption(
                label=translate("{choice}, only you", choice=option.label),
                value=f"{option.value}:{PRIVATE}",
                default=option.default and private,
            )
            for option in options
        ),
    ]


def _uploads(most: int, *, required: bool = False) -> ui.FileUpload[Any]:
    """Return a field for up to *most* files, as far as Discord takes them."""
    return ui.FileUpload(custom_id="more", required=required, min_values=int(required), max_values=min(UPLOADS, most))


def _aspect_ratios(
    chosen: AspectRatio, limits: RequestLimits, translate: Translator, *, images: bool
) -> ui.Select[Any]:
    """*images*: whether there are any whose shape could be kept."""
    offered = {
        aspect_ratio.value: translate(name)
        for aspect_ratio, name in ASPECT_RATIOS.items()
        if aspect_ratio in limits.aspect_ratios and (images or aspect_ratio is not AspectRatio.SAME)
    }
    return _select("shape", offered, chosen.value)


def _which(images: Sequence[ImageLink], most: int, selected: int, translate: Translator) -> ui.Select[Any]:
    options = [
        discord.SelectOption(
            label=translate("image {number}", number=number),
            value=str(position),
            default=position <= min(selected, most),
        )
        for position, number in enumerate(numbers(images)[:SELECT_OPTIONS], start=1)
    ]
    return ui.Select(custom_id="which", max_values=min(len(options), most), options=options)


def numbers(images: Sequence[ImageLink]) -> list[int]:
    """Return the number of each image: as in the bot's own message if it left one out, else counted from 1."""
    known = [named[1] for link in images if (named := result_in(link.url)) is not None]
    return known if len(set(known)) == len(images) else list(range(1, len(images) + 1))
