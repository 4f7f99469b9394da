"""Members choose from what the operator offers and Wan does not refuse, the default first."""

from __future__ import annotations

import pytest

from imagegen.image_request import AspectRatio, Box, ImageRequest, Intent, Quality
from imagegen.model_options import ModelOptions, intent_of
from imagegen.policy.palette import UNREAD
from imagegen.reports import ModelOption
from imagegen.wan.catalogue import MODELS, cost
from imagegen.wan.hosts import SINGAPORE
from imagegen.wan.lineup import build_lineup
from imagegen.wan.record import Use

IMAGE, T2I, NEWER, PRO = "wan2.6-image", "wan2.6-t2i", "wan2.7-image", "wan2.7-image-pro"
DRAFT, EDIT, LETTERING = "z-image-turbo", "qwen-image-edit-plus", "qwen-image-2.0"
TIERED = "qwen-image-3.0-pro"  # its larger images cost more
PART = ImageRequest("", boxes=((Box(0, 0, 9, 9),),))


def offer(*names: str, **more: str) -> ModelOptions:
    return ModelOptions(build_lineup((IMAGE, T2I, *names), **more), {})


def named(options: tuple[ModelOption, ...]) -> list[str]:
    return [option.model for option in options]


def test_the_two_models_of_wan_26_are_one_choice() -> None:
    found = offer(DRAFT)

    assert named(found.options(0)) == [T2I, DRAFT]
    assert named(found.options(1)) == [IMAGE]
    assert [option.is_default for option in found.options(0)] == [True, False]


@pytest.mark.parametrize(
    ("images", "models"),
    [
        (0, [T2I, DRAFT, PRO, EDIT]),
        (1, [IMAGE, EDIT, PRO]),
        (3, [IMAGE, EDIT, PRO]),
        (4, [IMAGE, PRO]),
        (9, [IMAGE, PRO]),
    ],
)
def test_models_that_cannot_use_the_images_are_left_out(images: int, models: list[str]) -> None:
    assert named(offer(EDIT, DRAFT, PRO).options(images)) == models


def test_two_models_of_one_intent_are_told_apart() -> None:
    options = offer(NEWER, DRAFT).options(0)

    assert [(option.model, option.shares_intent) for option in options] == [(T2I, True), (NEWER, True), (DRAFT, False)]


def test_another_default_of_the_operator_is_the_first_choice() -> None:
    found = offer(NEWER, PRO, for_words=PRO, for_images=NEWER)

    assert named(found.options(0)) == [PRO, T2I, NEWER, IMAGE]
    assert named(found.options(2)) == [NEWER, IMAGE, PRO]


@pytest.mark.parametrize(
    ("offered", "refused", "models"),
    [
        ((PRO,), (), [PRO, IMAGE]),
        ((PRO, NEWER), (), [NEWER, IMAGE, PRO]),
        ((PRO,), (PRO,), [IMAGE]),
        ((PRO,), (PRO, IMAGE), [IMAGE]),
        ((EDIT,), (), [IMAGE, EDIT]),
    ],
)
def test_the_first_choice_for_an_edited_part_is_the_model_that_edits_it(
    offered: tuple[str, ...], refused: tuple[str, ...], models: list[str]
) -> None:
    uses = {(name, Use.IMAGE_EDITING): "model_refused" for name in refused}
    found = ModelOptions(build_lineup((IMAGE, T2I, *offered)), {}, uses).options(1, PART)

    assert named(found) == models
    assert [option.is_default for option in found] == [True] + [False] * (len(models) - 1)


@pytest.mark.parametrize(
    ("wanted", "draft", "tiered", "may_weigh_more"),
    [
        (ImageRequest(""), 50, 150, True),
        (ImageRequest("", enhance=True), 100, 150, True),
        (ImageRequest("", quality=Quality.HIGH), 50, 281, False),
    ],
)
def test_a_choice_names_what_the_very_request_uses(
    wanted: ImageRequest, draft: int, tiered: int, *, may_weigh_more: bool
) -> None:
    options = {option.model: option for option in offer(DRAFT, TIERED).options(0, wanted)}

    assert (options[DRAFT].weight, options[TIERED].weight) == (draft, tiered)
    assert [name for name, option in options.items() if option.may_weigh_more] == [TIERED] * may_weigh_more


@pytest.mark.parametrize(
    ("offered", "wanted", "first", "is_default"),
    [
        ((PRO, DRAFT), ImageRequest("", quality=Quality.FOUR_K), PRO, False),
        ((PRO, DRAFT), ImageRequest("", palette=UNREAD), PRO, False),
        ((PRO, NEWER, DRAFT), ImageRequest("", palette=UNREAD), NEWER, True),
        ((PRO, NEWER), ImageRequest("", thinking=True), NEWER, True),
        ((PRO, DRAFT), ImageRequest(""), T2I, True),
    ],
)
def test_choices_for_a_feature_take_it_and_no_heavier_one_is_the_default(
    offered: tuple[str, ...], wanted: ImageRequest, first: str, is_default: bool
) -> None:
    options = offer(*offered).options(0, wanted)

    assert (options[0].model, options[0].is_default) == (first, is_default)
    assert not wanted.names_feature or {option.model for option in options} <= {NEWER, PRO}


def test_a_choice_weighs_what_is_used_of_the_quota_afterwards() -> None:
    lineup = build_lineup((IMAGE, T2I, DRAFT, TIERED))
    wanted = [ImageRequest("a fox", quality=quality, enhance=True) for quality in (Quality.NORMAL, Quality.HIGH)]

    for request in wanted:
        for option in ModelOptions(lineup, {}, region=SINGAPORE).options(0, request):
            found = cost(MODELS[option.model], Use.TEXT_TO_IMAGE, request, 0, SINGAPORE, {}, {})
            assert option.weight == found.weight, option.model


def test_a_story_has_no_choice() -> None:
    assert named(offer(NEWER, DRAFT, LETTERING).options(0, ImageRequest("", story=True))) == [IMAGE]


@pytest.mark.parametrize(
    ("names", "is_choice"), [((), False), ((NEWER,), True), ((DRAFT,), True), ((EDIT,), True), ((IMAGE,), False)]
)
def test_there_is_a_choice_only_if_two_models_have_the_same_use(names: tuple[str, ...], is_choice: bool) -> None:
    assert offer(*names).has_choice is is_choice


def test_a_model_that_wan_refuses_is_no_choice_until_wan_takes_it_again() -> None:
    refused = {(DRAFT, Use.TEXT_TO_IMAGE): "model_refused"}
    found = ModelOptions(build_lineup((IMAGE, T2I, DRAFT)), {}, refused)

    meanwhile, kept = named(found.options(0)), found.kept(DRAFT, 0)
    refused.clear()

    assert (meanwhile, kept, found.has_choice) == ([T2I], None, True)
    assert named(found.options(0)) == [T2I, DRAFT]


@pytest.mark.parametrize(
    ("model", "images", "kept"),
    [(DRAFT, 0, DRAFT), (DRAFT, 1, None), (EDIT, 3, EDIT), (EDIT, 4, None), (NEWER, 1, None), (None, 1, None)],
)
def test_an_edit_keeps_a_model_only_if_it_is_offered_and_takes_the_images(
    model: str | None, images: int, kept: str | None
) -> None:
    assert offer(DRAFT, EDIT).kept(model, images) == kept


def test_a_form_has_the_widest_limits_of_its_choices() -> None:
    found = offer(PRO, LETTERING)

    words, edits = found.limits(0), found.limits(1)

    assert (words.prompt_chars, words.negative_chars, words.max_count) == (4000, 500, 6)
    assert words.qualities == tuple(Quality)
    assert (edits.max_images, edits.qualities) == (9, (Quality.NORMAL, Quality.HIGH))
    assert AspectRatio.SAME in edits.aspect_ratios
    assert (found.max_images, offer().max_images) == (9, 4)
    assert offer().limits(0).qualities == (Quality.NORMAL, Quality.HIGH)


def test_every_model_has_an_intent_and_an_unknown_one_has_none() -> None:
    assert {intent_of(name) for name in MODELS} == set(Intent)
    assert intent_of("wan9") is None
