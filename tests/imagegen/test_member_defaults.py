"""A member's defaults fill in what the member did not name, and never use more than the member chose."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from imagegen.image_request import AspectRatio, ImageRequest, Quality
from imagegen.member_defaults import NAMES, with_defaults
from imagegen.model_choice import ModelChoice
from imagegen.policy.member_settings import MemberSettings
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
