"""The model of a request is the named one, the default, or one of like weight, without surprise in quota."""

from __future__ import annotations

import pytest

from imagegen.errors import Reason, Refused
from imagegen.model import AspectRatio, ImageRequest, PaletteColor, Quality
from imagegen.model_choice import ModelChoice
from imagegen.wan.lineup import build_lineup

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

    assert (reason, facts) == (Reason.TOO_MANY_IMAGES, {"count": 7, "limit": 4, "other": PRO})


def test_a_named_model_is_not_replaced_but_the_other_is_named() -> None:
    reason, facts = refusal(choice(NEWER, DRAFT), ImageRequest("a fox", model=DRAFT, count=3))

    assert (reason, facts) == (Reason.COUNT_OUT_OF_RANGE, {"count": 3, "limit": 1, "other": T2I})


def test_what_no_offered_model_takes_is_refused_without_another_name() -> None:
    reason, facts = refusal(choice(), ImageRequest("a fox"), 7)

    assert (reason, facts) == (Reason.TOO_MANY_IMAGES, {"count": 7, "limit": 4})


@pytest.mark.parametrize(
    ("request_", "images", "option"),
    [
        (ImageRequest("a fox", palette=PALETTE), 0, "palette"),
        (ImageRequest("a fox", thinking=True), 0, "thinking"),
        (ImageRequest("a fox", quality=Quality.FOUR_K), 0, "quality"),
        (ImageRequest("a fox", model="qwen-image", aspect_ratio=AspectRatio.CINEMA), 0, "aspect_ratio"),
        (ImageRequest("a fox", model="qwen-image-edit", aspect_ratio=AspectRatio.WIDE), 1, "aspect_ratio"),
        (ImageRequest("a fox", model=PRO, quality=Quality.FOUR_K), 1, "quality"),
        (ImageRequest("a fox", model=PRO, quality=Quality.FOUR_K, image_set=True), 0, "quality"),
        (ImageRequest("a fox", model=PRO, palette=PALETTE, image_set=True), 0, "palette"),
    ],
)
def test_an_option_that_the_model_lacks_is_refused_by_name(request_: ImageRequest, images: int, option: str) -> None:
    offered = (PRO, "qwen-image", "qwen-image-edit") if request_.model else ()

    reason, facts = refusal(choice(*offered), request_, images)

    assert (reason, facts["option"]) == (Reason.OPTION_NOT_TAKEN, option)


def test_a_set_needs_a_model_that_makes_sets() -> None:
    assert refusal(choice(), ImageRequest("a fox", image_set=True))[0] is Reason.MODEL_MAKES_NO_IMAGE_SET


def test_an_operators_weight_decides_which_model_is_lighter() -> None:
    offered = ModelChoice(build_lineup((IMAGE, T2I, NEWER, PRO)), {NEWER: 300})

    assert offered.fitted(ImageRequest("a fox", palette=PALETTE), 0).model.name == PRO
