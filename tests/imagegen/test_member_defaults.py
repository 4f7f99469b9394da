"""A member's defaults fill in what the member did not name, and never use more than the member chose."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagegen.errors import Reason, Refused
from imagegen.image_request import AspectRatio, ImageLink, ImageRequest, Quality
from imagegen.member_defaults import NAMES, for_more_images, restyled, with_defaults, with_style
from imagegen.model_choice import ModelChoice
from imagegen.policy.characters import kept_inputs
from imagegen.policy.member_settings import MemberSettings
from imagegen.policy.styles import Style
from imagegen.wan.catalogue import MODELS, request_weight
from imagegen.wan.lineup import build_lineup
from imagegen.wan.record import use_of

IMAGE, T2I, DRAFT, PRO = "wan2.6-image", "wan2.6-t2i", "z-image-turbo", "wan2.7-image-pro"
CHOICE = ModelChoice(build_lineup((IMAGE, T2I, DRAFT, PRO)), {})
FOX = ImageRequest("a fox")
TALL_DRAFT = MemberSettings(aspect_ratio=AspectRatio.TALL, model=DRAFT, count=4)


def test_a_request_that_names_nothing_has_the_members_defaults() -> None:
    found = with_defaults(FOX, MemberSettings(AspectRatio.TALL, T2I, 3), CHOICE, 0)

    assert (found.aspect_ratio, found.model, found.count) == (AspectRatio.TALL, T2I, 3)


def test_what_a_member_named_stays() -> None:
    assert with_defaults(FOX, TALL_DRAFT, CHOICE, 0, named=NAMES) == FOX


def test_the_count_is_no_larger_than_the_model_allows() -> None:
    assert with_defaults(FOX, TALL_DRAFT, CHOICE, 0).count == 1


def test_an_edit_keeps_the_shape_of_its_image() -> None:
    found = with_defaults(FOX, MemberSettings(AspectRatio.TALL, count=2), CHOICE, 1)

    assert (found.aspect_ratio, found.count) == (None, 2)


def test_a_model_that_edits_nothing_leaves_an_edit_to_the_operators_default() -> None:
    assert with_defaults(FOX, TALL_DRAFT, CHOICE, 1).model is None


def test_a_default_model_gives_way_when_characters_add_images_and_a_named_one_does_not() -> None:
    usual, named = replace(FOX, model=DRAFT), replace(FOX, model=T2I)

    assert for_more_images(usual, TALL_DRAFT, CHOICE, 1).model is None
    assert for_more_images(named, TALL_DRAFT, CHOICE, 1).model == T2I
    assert for_more_images(replace(FOX, model=PRO), MemberSettings(model=PRO), CHOICE, 1).model == PRO


def test_a_model_that_is_offered_no_more_is_replaced_by_one_that_weighs_no_more() -> None:
    without = ModelChoice(build_lineup((IMAGE, T2I)), {})

    assert with_defaults(FOX, MemberSettings(model=PRO), without, 0).model == T2I
    assert with_defaults(FOX, MemberSettings(model=DRAFT), without, 0).model is None
    assert with_defaults(FOX, MemberSettings(model="gone-1"), without, 0).model is None


def test_a_request_that_needs_a_heavier_model_still_names_the_chosen_one() -> None:
    large = ImageRequest("a fox", quality=Quality.FOUR_K)

    assert with_defaults(large, MemberSettings(model=DRAFT), CHOICE, 0).model == DRAFT


@given(
    st.builds(
        MemberSettings,
        aspect_ratio=st.none() | st.sampled_from(AspectRatio),
        model=st.sampled_from(list(MODELS)),
        count=st.none() | st.integers(1, 12),
    ),
    st.builds(ImageRequest, prompt=st.sampled_from(["a fox", "x" * 2200, ""]), quality=st.sampled_from(Quality)),
    st.integers(0, 5),
    st.sets(st.sampled_from(sorted(NAMES))),
)
def test_no_default_uses_more_than_the_member_chose(
    settings: MemberSettings, wanted: ImageRequest, images: int, named: set[str]
) -> None:
    found = with_defaults(wanted, settings, CHOICE, images, named)

    assert found.count <= max(1, settings.count or 1)
    if found.model is not None:
        use = use_of(found, images)
        chosen, used = MODELS[settings.model or ""], MODELS[found.model]
        assert request_weight(used, use, wanted, "", {}) <= request_weight(chosen, use, wanted, "", {})


INK = Style("Ink", "sumi-e of", ", black ink", "color", AspectRatio.WIDE, DRAFT)


def test_a_style_gives_what_the_member_did_not_name() -> None:
    found, named = with_style(FOX, INK, CHOICE, 0)
    kept, _ = with_style(ImageRequest("a fox", aspect_ratio=AspectRatio.TALL, model=T2I), INK, CHOICE, 0, NAMES)

    assert (found.prompt, found.whole_prompt) == ("a fox", "sumi-e of a fox, black ink")
    assert (found.style, found.aspect_ratio, found.model) == ("Ink", AspectRatio.WIDE, DRAFT)
    assert with_defaults(found, TALL_DRAFT, CHOICE, 0, named).aspect_ratio is AspectRatio.WIDE
    assert (kept.aspect_ratio, kept.model, kept.whole_prompt) == (AspectRatio.TALL, T2I, found.whole_prompt)


def test_a_style_whose_model_is_not_offered_any_more_says_so() -> None:
    found, _ = with_style(FOX, Style("Old", model="wan2.5-t2i-preview"), CHOICE, 0)

    assert (found.model, found.style_model) == (None, "wan2.5-t2i-preview")


def test_another_style_replaces_every_word_of_the_one_before() -> None:
    first, _ = with_style(FOX, INK, CHOICE, 0)
    found, _ = with_style(first, Style("Oil", after="in oil"), CHOICE, 0, NAMES)

    assert (found.style, found.whole_prompt, found.whole_negative_prompt) == ("Oil", "a fox in oil", "")


def test_the_images_of_a_style_come_after_the_members_and_do_not_set_the_shape() -> None:
    style = Style("Clay", references=(7, 8))

    alone, named = with_style(FOX, style, CHOICE, 0)
    alone = with_defaults(alone, MemberSettings(), CHOICE, 2, named)
    edit, named = with_style(ImageRequest("x", images=(ImageLink("u", "f"),), origins=("image1",)), style, CHOICE, 1)
    edit = with_defaults(edit, MemberSettings(), CHOICE, 3, named)

    assert [link.reference_id for link in edit.images] == [None, 7, 8]
    assert edit.origins == ("image1", "style 7", "style 8")
    assert (alone.aspect_ratio, edit.aspect_ratio) == (AspectRatio.SQUARE, None)


@given(st.integers(0, 900), st.integers(0, 600))
def test_a_styles_negative_prompt_fits_beside_the_members_own(own: int, styles: int) -> None:
    wanted = replace(FOX, negative_prompt="n" * own, style_negative="s" * styles, style="Ink")

    try:
        fitted = CHOICE.fitted(wanted, 0)
    except Refused as error:
        assert error.reason is Reason.NEGATIVE_PROMPT_TOO_LONG
        assert own > 500
    else:
        assert fitted.image_request.negative_prompt == "n" * own
        assert len(fitted.image_request.whole_negative_prompt) <= 500


def test_a_prompt_that_is_too_long_with_its_style_is_refused_with_both_lengths() -> None:
    long = replace(FOX, prompt="x" * 2100, model=T2I, style="Ink", style_after="in ink")

    with pytest.raises(Refused) as caught:
        CHOICE.fitted(long, 0)

    assert caught.value.reason is Reason.PROMPT_TOO_LONG
    assert (caught.value.facts["length"], caught.value.facts["style"]) == (2107, "Ink")


def test_a_change_to_another_style_or_to_none_drops_the_images_of_the_one_before() -> None:
    edit = ImageRequest("x", images=(ImageLink("u", "f"),), origins=("image1",))
    source, _ = with_style(edit, Style("Clay", after="of clay", references=(7, 8)), CHOICE, 1)
    source = replace(source, images=())

    other = restyled(source, Style("Oil", references=(8, 9)), source, 3, CHOICE)
    none = restyled(source, None, source, 3, CHOICE)
    same = restyled(source, Style("Clay", after="of clay", references=(7, 8)), source, 3, CHOICE)

    assert [link.reference_id for link in other.images] == [9]
    assert other.origins == ("image1", "style 8", "style 9")
    assert kept_inputs(source, 3, other) == (1, 3)
    assert (none.images, none.origins, none.whole_prompt) == ((), ("image1",), "x")
    assert kept_inputs(source, 3, none) == (1,)
    assert same == source
