"""The model of a request is the named one, the default, or one of like weight, without surprise in quota."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imagegen.errors import Reason, Refused
from imagegen.image_request import AspectRatio, ImageRequest, PaletteColor, Quality
from imagegen.model_choice import ModelChoice
from imagegen.wan.catalogue import MODELS
from imagegen.wan.lineup import build_lineup
from imagegen.wan.record import Use

IMAGE, T2I, NEWER, PRO, DRAFT = "wan2.6-image", "wan2.6-t2i", "wan2.7-image", "wan2.7-image-pro", "z-image-turbo"
PALETTE = (PaletteColor("#000000", 5000), PaletteColor("#FFFFFF", 2500), PaletteColor("#FF0000", 2500))


def choice(*names: str, **weights: int) -> ModelChoice:
    return ModelChoice(build_lineup((IMAGE, T2I, *names)), weights)


@pytest.mark.parametrize(
    ("offered", "request_", "images", "model"),
    [
        ((NEWER, PRO), ImageRequest("a fox"), 0, T2I),
        ((NEWER, PRO), ImageRequest("a fox"), 4, IMAGE),
        ((NEWER, PRO), ImageRequest("a fox"), 9, NEWER),
        ((PRO, NEWER), ImageRequest("a fox"), 5, NEWER),
        (("qwen-image-2.1-turbo", NEWER), ImageRequest("a fox"), 5, NEWER),
        (("qwen-image-2.1-turbo", PRO), ImageRequest("a fox"), 5, "qwen-image-2.1-turbo"),
        ((NEWER, PRO), ImageRequest("x" * 2500), 0, NEWER),
        ((NEWER, PRO), ImageRequest("a fox", palette=PALETTE), 0, NEWER),
        ((PRO,), ImageRequest("a fox", palette=PALETTE), 0, PRO),
        ((PRO,), ImageRequest("a fox", thinking=True), 0, PRO),
        ((PRO,), ImageRequest("a fox", image_set=True, count=3), 0, PRO),
        ((NEWER, PRO), ImageRequest("a fox", quality=Quality.FOUR_K), 0, PRO),
        ((NEWER, PRO), ImageRequest("a fox", image_set=True, count=12), 0, NEWER),
        ((NEWER, PRO), ImageRequest("a fox", thinking=True), 0, NEWER),
        ((DRAFT,), ImageRequest("a fox", model=DRAFT), 0, DRAFT),
    ],
)
def test_the_model_of_like_weight_that_takes_the_request_is_chosen(
    offered: tuple[str, ...], request_: ImageRequest, images: int, model: str
) -> None:
    assert choice(*offered).fitted(request_, images).model.name == model


def refusal(choice: ModelChoice, request: ImageRequest, images: int = 0) -> tuple[Reason, dict[str, object]]:
    with pytest.raises(Refused) as refused:
        choice.fitted(request, images)
    return refused.value.reason, dict(refused.value.facts)


def test_a_heavier_model_is_named_and_not_chosen_without_being_asked_for() -> None:
    reason, facts = refusal(choice(PRO), ImageRequest("a fox"), 7)

    assert (reason, facts) == (Reason.TOO_MANY_IMAGES, {"count": 7, "limit": 4, "model": IMAGE, "other": PRO})


def test_a_named_model_is_not_replaced_but_the_other_is_named() -> None:
    reason, facts = refusal(choice(NEWER, DRAFT), ImageRequest("a fox", model=DRAFT, count=3))

    assert (reason, facts) == (Reason.COUNT_OUT_OF_RANGE, {"count": 3, "limit": 1, "model": DRAFT, "other": T2I})


def test_what_no_offered_model_takes_is_refused_without_another_name() -> None:
    reason, facts = refusal(choice(), ImageRequest("a fox"), 7)

    assert (reason, facts) == (Reason.TOO_MANY_IMAGES, {"count": 7, "limit": 4, "model": IMAGE})


@pytest.mark.parametrize(
    ("request_", "images", "option"),
    [
        (ImageRequest("a fox", palette=PALETTE), 0, "palette"),
        (ImageRequest("a fox", thinking=True), 0, "thinking"),
        (ImageRequest("a fox", quality=Quality.FOUR_K), 0, "quality"),
        (ImageRequest("a fox", model="qwen-image", aspect_ratio=AspectRatio.CINEMA), 0, "aspect_ratio"),
        (ImageRequest("a fox", model="qwen-image-edit", aspect_ratio=AspectRatio.WIDE), 1, "aspect_ratio"),
        (ImageRequest("a fox", model="qwen-image", quality=Quality.HIGH), 0, "quality"),
        (ImageRequest("a fox", model="qwen-image-edit", quality=Quality.HIGH), 1, "quality"),
        (ImageRequest("a fox", model="qwen-image-edit", enhance=True), 1, "enhance"),
        (ImageRequest("a fox", model=PRO, enhance=True), 1, "enhance"),
        (ImageRequest("a fox", model=PRO, enhance=True, thinking=False), 0, "enhance"),
    ],
)
def test_an_option_that_the_model_lacks_is_refused_by_name(request_: ImageRequest, images: int, option: str) -> None:
    offered = (PRO, "qwen-image", "qwen-image-edit") if request_.model else ()

    reason, facts = refusal(choice(*offered), request_, images)

    assert (reason, facts["option"]) == (Reason.OPTION_NOT_TAKEN, option)


PAUSED = {(T2I, Use.TEXT_TO_IMAGE): "model_refused"}
PRO_PAUSED = {(PRO, Use.TEXT_TO_IMAGE): "model_refused"}
HIGH = ImageRequest("a fox", quality=Quality.HIGH)


def test_what_the_very_request_weighs_decides_what_is_chosen_unasked() -> None:
    rewritten = ModelChoice(build_lineup((IMAGE, T2I, DRAFT)), {DRAFT: 100}, PAUSED)
    larger = ModelChoice(build_lineup((PRO, "qwen-image-3.0-pro")), {}, PRO_PAUSED)

    assert rewritten.fitted(ImageRequest("a fox"), 0).model.name == DRAFT
    assert refusal(rewritten, ImageRequest("a fox", enhance=True))[1]["other"] == DRAFT
    assert refusal(larger, HIGH)[1]["other"] == "qwen-image-3.0-pro"


def test_what_the_very_request_weighs_decides_what_is_nearest() -> None:
    offered = ModelChoice(build_lineup((PRO, "qwen-image-3.0-pro", "qwen-image-2.0-pro")), {}, PRO_PAUSED)

    assert offered.fitted(HIGH, 0).model.name == "qwen-image-2.0-pro"


def test_a_feature_of_a_light_model_that_wan_refuses_now_is_not_paid_to_a_heavier_one() -> None:
    names = (IMAGE, T2I, NEWER, PRO)
    offered = ModelChoice(build_lineup(names), {}, {(NEWER, Use.TEXT_TO_IMAGE): "model_refused"})
    alone = ModelChoice(build_lineup(names[:3]), {}, offered.refused)

    assert refusal(offered, ImageRequest("a fox", palette=PALETTE))[1]["other"] == PRO
    assert refusal(alone, ImageRequest("a fox", palette=PALETTE)) == (
        Reason.MODEL_PAUSED,
        {"model": NEWER, "why": "model_refused"},
    )


@pytest.mark.parametrize(
    ("named", "request_", "images", "other"),
    [
        ("qwen-image-edit-max", ImageRequest("a fox"), 0, T2I),
        (DRAFT, ImageRequest("a fox"), 1, "qwen-image-2.1-turbo"),
        ("qwen-image", ImageRequest("a fox", count=3), 0, T2I),
        ("qwen-image", ImageRequest("a fox", palette=PALETTE), 0, NEWER),
    ],
)
def test_the_default_is_named_before_others_unless_it_is_heavier(
    named: str, request_: ImageRequest, images: int, other: str
) -> None:
    asked = replace(request_, model=named)

    assert refusal(choice(*MODELS), asked, images)[1]["other"] == other


@pytest.mark.parametrize(
    ("offered", "request_", "images", "limit"),
    [
        ((NEWER,), ImageRequest("a fox"), 10, 9),
        ((PRO,), ImageRequest("a fox"), 10, 4),
        ((NEWER, "qwen-image-2.1-pro"), ImageRequest("a fox"), 10, 9),
        (("qwen-image-2.0",), ImageRequest("a fox", count=9), 0, 6),
        ((NEWER, "qwen-image-2.0"), ImageRequest("a fox", count=9, palette=PALETTE), 0, 4),
        ((NEWER,), ImageRequest("x" * 4500), 0, 4000),
        ((NEWER,), ImageRequest("x" * 4500, negative_prompt="a cat"), 0, 2100),
        ((NEWER, DRAFT), ImageRequest("a fox", model=DRAFT, count=9), 0, 1),
        (("qwen-image-2.0",), ImageRequest("a fox", negative_prompt="x" * 501), 0, 500),
    ],
)
def test_the_limit_is_the_widest_of_a_model_that_would_be_chosen(
    offered: tuple[str, ...], request_: ImageRequest, images: int, limit: int
) -> None:
    assert refusal(choice(*offered), request_, images)[1]["limit"] == limit


@pytest.mark.parametrize("model", [None, T2I, NEWER])
@pytest.mark.parametrize(
    ("request_", "images", "pair"),
    [
        (ImageRequest("a fox", quality=Quality.FOUR_K), 1, ("quality", "images")),
        (ImageRequest("a fox", quality=Quality.FOUR_K, image_set=True, count=3), 0, ("quality", "image_set")),
        (ImageRequest("a fox", thinking=True, image_set=True, count=3), 0, ("thinking", "image_set")),
        (ImageRequest("a fox", thinking=True), 12, ("thinking", "images")),
        (ImageRequest("a fox", enhance=True, image_set=True, count=3), 0, ("enhance", "image_set")),
        (ImageRequest("a fox", palette=PALETTE, negative_prompt="a cat"), 0, ("palette", "negative_prompt")),
        (ImageRequest("a fox", palette=PALETTE, image_set=True), 0, ("palette", "image_set")),
    ],
)
def test_two_parts_that_no_model_takes_together_are_named(
    request_: ImageRequest, images: int, pair: tuple[str, str], model: str | None
) -> None:
    reason, facts = refusal(choice(*MODELS), replace(request_, model=model), images)

    assert (reason, (facts["part"], facts["beside"])) == (Reason.PARTS_CLASH, pair)


def test_what_one_model_takes_or_would_take_later_is_no_clash() -> None:
    paused = {(name, use): "model_refused" for name in (NEWER, PRO) for use in Use}
    offered = ModelChoice(build_lineup((IMAGE, T2I, NEWER, PRO)), {}, paused)

    assert refusal(offered, ImageRequest("a fox", palette=PALETTE, thinking=True))[0] is Reason.MODEL_PAUSED
    assert refusal(choice(NEWER), ImageRequest("a fox", negative_prompt="a cat"), 5)[0] is Reason.TOO_MANY_IMAGES


def test_thinking_stands_for_enhancing_in_a_model_that_thinks() -> None:
    wanted = ImageRequest("a fox", model=NEWER, enhance=True)

    assert choice(NEWER).fitted(wanted, 0).model.name == NEWER


def test_a_set_needs_a_model_that_makes_sets() -> None:
    assert refusal(choice(), ImageRequest("a fox", image_set=True))[0] is Reason.MODEL_MAKES_NO_IMAGE_SET


def test_an_operators_weight_decides_which_model_is_lighter() -> None:
    offered = ModelChoice(build_lineup((IMAGE, T2I, NEWER, PRO)), {NEWER: 300})

    assert offered.fitted(ImageRequest("a fox", palette=PALETTE), 0).model.name == PRO
