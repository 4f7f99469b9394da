"""The cards and choices of styles fit into Discord's limits, whatever managers have saved."""

from __future__ import annotations

from typing import Any

from cogs.text.i18n import ENGLISH, translator_for
from cogs.ui.limits import CARD_CHARS, CARD_COMPONENTS
from cogs.ui.member_settings import Offered, chosen_value, settings_card
from cogs.ui.modals import ChangeForm, EditForm, PromptForm
from cogs.ui.style_cards import StyleForm, style_card, style_list
from cogs.ui.style_choices import StyleField, style_text, suggested
from imagegen.image_request import AspectRatio, ImageLink, ImageRequest
from imagegen.policy.member_settings import MemberSettings
from imagegen.policy.styles import MAX_STYLES, NAME_CHARS, NEGATIVE_CHARS, WORDS_CHARS, Style
from sandbox.discord.modals import check
from tests.cogs.objects import a_job
from tests.cogs.ui.test_modals import OFFERED, choice, fields, links, selected

MODELS = OFFERED.options(0)
LONG = [
    Style(
        f"{number:02}{'*' * (NAME_CHARS - 2)}",
        before="_" * WORDS_CHARS,
        after="`" * WORDS_CHARS,
        negative_prompt="|" * NEGATIVE_CHARS,
        aspect_ratio=AspectRatio.PHOTO_PORTRAIT,
        model="wan2.7-image-pro",
        id=number,
        references=(1, 2),
    )
    for number in range(1, MAX_STYLES + 1)
]


def parts(component: Any) -> list[dict[str, Any]]:
    """Return a component as sent to Discord, and all components in it."""
    inner = [*component.get("components", ()), *([component["accessory"]] if "accessory" in component else [])]
    return [component, *(part for one in inner for part in parts(one))]


def drawn(view: Any) -> list[dict[str, Any]]:
    return [part for component in view.to_components() for part in parts(component)]


def texts(view: Any) -> str:
    return "\n".join(part["content"] for part in drawn(view) if "content" in part)


async def test_fifty_styles_with_long_names_fit_on_the_list_and_each_can_be_chosen() -> None:
    view = style_list(LONG, translator_for("zh-CN"))

    options = [option["value"] for part in drawn(view) for option in part.get("options", ())]
    assert options == [str(style.id) for style in LONG]
    assert len(texts(view)) <= CARD_CHARS
    assert len(drawn(view)) <= CARD_COMPONENTS


async def test_the_longest_style_fits_on_its_card_and_into_its_form() -> None:
    view = style_card(LONG[0], MODELS, OFFERED.offered, ENGLISH)
    check(StyleForm(LONG[0], 2**62, takes_images=True).to_dict())

    selects = [selected(part) for part in drawn(view) if part["type"] == 3]
    assert selects == [["photo_portrait"], ["wan2.7-image-pro"]]
    assert len(texts(view)) <= CARD_CHARS


async def test_a_card_shows_the_text_of_a_style_around_the_prompt() -> None:
    style = Style("Ukiyo-e", before="a woodblock print of", after=", flat colors", id=1)

    assert "Prompt: a woodblock print of …, flat colors" in texts(style_card(style, MODELS, OFFERED.offered, ENGLISH))


async def test_a_form_offers_the_chosen_style_and_the_last_changed_ones() -> None:
    field = StyleField(LONG, MODELS, chosen=50).select(ENGLISH)
    held = StyleField(LONG, MODELS, held="Old").select(ENGLISH)

    assert [option.value for option in field.options] == ["none", "50", *map(str, range(1, 24))]
    assert [option.value for option in field.options if option.default] == ["50"]
    assert [option.value for option in held.options][:3] == ["held", "none", "1"]
    assert [option.value for option in held.options if option.default] == ["held"]


async def test_each_form_has_room_for_a_style_beside_every_model() -> None:
    styles = StyleField(LONG, MODELS)
    limits = OFFERED.limits(1)
    job = a_job("a fox")
    forms = [
        EditForm("w1:form:edit:3", links(3), limits, models=choice(1), private=False, styles=styles),
        ChangeForm("w1:form:change:3", job, limits, models=choice(0), private=False, styles=styles),
        PromptForm("w1:form:words:11", 11, limits, models=choice(0), private=False, styles=styles),
    ]

    for form in forms:
        check(form.to_dict())
        assert "style" in fields(form)
    assert "negative" not in fields(forms[1])


async def test_a_negative_prompt_keeps_its_field_beside_a_style() -> None:
    job = a_job(request=ImageRequest("a fox", negative_prompt="fog"))
    form = ChangeForm("w1:form:change:3", job, OFFERED.limits(0), models=choice(0), styles=StyleField(LONG, MODELS))

    assert fields(form)["negative"]["value"] == "fog"
    assert "style" in fields(form)


def test_suggestions_name_the_price_of_a_styles_model_and_match_any_case() -> None:
    ink, plain = Style("Ink Wash", model="wan2.7-image-pro"), Style("Oil")

    assert suggested([ink, plain], "iNk") == [ink]
    assert style_text(ink, MODELS, ENGLISH).startswith("Ink Wash · Detailed · quota: 2½ each")
    assert style_text(plain, MODELS, ENGLISH) == "Oil"


async def test_the_card_of_settings_shows_what_is_chosen_and_a_model_that_is_offered_no_more() -> None:
    settings = MemberSettings(AspectRatio.WIDE, "wan2.5-t2i-preview", 3, True, "zh-CN")
    view = settings_card(settings, Offered(MODELS, OFFERED.offered))

    selects = [selected(part) for part in drawn(view) if part["type"] == 3]
    assert selects == [["wide"], ["default"], ["3"], ["yes"], ["zh-CN"]]
    assert "The wan2.5-t2i-preview model isn't offered now." in texts(view)
    assert chosen_value("private", "no") is False
    assert len(drawn(view)) <= CARD_COMPONENTS


async def test_an_edit_of_one_image_still_takes_further_images_beside_a_style() -> None:
    form = EditForm(
        "w1:form:edit:3", [ImageLink("u", "f")], OFFERED.limits(1), models=choice(1), styles=StyleField(LONG, MODELS)
    )

    assert list(fields(form)) == ["words", "model", "shape", "style", "more"]
