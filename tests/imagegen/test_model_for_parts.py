"""A part is edited by the offered model of like weight that takes boxes; without one, the default reads words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imagegen.errors import Reason, Refused
from imagegen.image_request import Box, ImageRequest
from imagegen.model_choice import ModelChoice
from imagegen.policy.parts import MAX_WORDS_CHARS
from imagegen.wan.lineup import build_lineup
from imagegen.wan.record import Use

IMAGE, NEWER, PRO, EDIT = "wan2.6-image", "wan2.7-image", "wan2.7-image-pro", "qwen-image-edit-max"
PART = ImageRequest("a red roof", boxes=((Box(0, 0, 9, 9),),))


def choice(*names: str, refused: tuple[str, ...] = ()) -> ModelChoice:
    return ModelChoice(build_lineup(names), {}, {(name, Use.IMAGE_EDITING): "model_refused" for name in refused})


@pytest.mark.parametrize(
    ("offered", "named", "chosen"),
    [
        ((IMAGE,), None, IMAGE),
        ((IMAGE, PRO), None, PRO),
        ((IMAGE, PRO, NEWER), None, NEWER),
        ((IMAGE, NEWER), IMAGE, IMAGE),
        ((IMAGE, NEWER, PRO), PRO, PRO),
    ],
)
def test_a_part_goes_to_a_model_that_takes_boxes(offered: tuple[str, ...], named: str | None, chosen: str) -> None:
    fitted = choice(*offered).fitted(ImageRequest("a red roof", boxes=PART.boxes, model=named), 1)

    assert fitted.model.name == chosen
    assert fitted.image_request.boxes == PART.boxes


@pytest.mark.parametrize(
    ("offered", "refused", "chosen"),
    [
        ((IMAGE, NEWER), (), NEWER),
        ((IMAGE, NEWER), (NEWER,), IMAGE),
        ((PRO, IMAGE, NEWER), (PRO,), NEWER),
        ((IMAGE, PRO, NEWER), (NEWER,), IMAGE),  # a grid that is open already shows what the lighter model uses
    ],
)
def test_the_model_of_a_grid_is_the_one_that_edits_while_wan_refuses_another(
    offered: tuple[str, ...], refused: tuple[str, ...], chosen: str
) -> None:
    models = choice(*offered, refused=refused)

    assert (models.for_parts().name, models.fitted(PART, 1).model.name) == (chosen, chosen)


@pytest.mark.parametrize(
    ("offered", "refused", "kept", "named"),
    [
        ((IMAGE, NEWER, PRO), (), None, None),
        ((IMAGE, NEWER, PRO), (), PRO, PRO),
        ((IMAGE, NEWER, PRO), (PRO,), PRO, None),
        ((IMAGE, NEWER, PRO), (IMAGE, NEWER), None, PRO),
        ((IMAGE, NEWER, EDIT), (), EDIT, None),  # it takes no boxes
        ((IMAGE, NEWER), (), PRO, None),  # it is no longer offered
    ],
)
def test_a_grid_names_the_chosen_model_if_it_takes_boxes_and_any_model_before_none(
    offered: tuple[str, ...], refused: tuple[str, ...], kept: str | None, named: str | None
) -> None:
    assert choice(*offered, refused=refused).part_model(kept) == named


def test_boxes_are_not_given_up_for_another_option_unasked() -> None:
    rainless = replace(PART, negative_prompt="rain")

    with pytest.raises(Refused) as refused:
        choice(IMAGE, NEWER).fitted(rainless, 1)

    assert refused.value.reason is Reason.MODEL_TAKES_NO_NEGATIVE_PROMPT
    assert (refused.value.facts["model"], refused.value.facts["other"]) == (NEWER, IMAGE)
    assert choice(IMAGE).fitted(rainless, 1).model.name == IMAGE


def test_no_grid_is_shown_while_wan_refuses_every_model() -> None:
    with pytest.raises(Refused) as refused:
        choice(IMAGE, NEWER, refused=(IMAGE, NEWER)).for_parts()

    assert refused.value.reason is Reason.MODEL_PAUSED


def test_without_boxes_the_default_edits() -> None:
    assert choice(IMAGE, NEWER).fitted(ImageRequest("a red roof"), 1).model.name == IMAGE


def test_words_for_boxes_take_room_from_the_prompt() -> None:
    limits = {
        (name, boxes): choice(name).limits(choice(name).lineup.models[0], Use.IMAGE_EDITING, boxes=boxes).prompt_chars
        for name in (IMAGE, NEWER)
        for boxes in (False, True)
    }

    assert limits == {
        (IMAGE, False): 2000,
        (IMAGE, True): 2000 - MAX_WORDS_CHARS,
        (NEWER, False): 4000,
        (NEWER, True): 4000,
    }
    with pytest.raises(Refused) as refused:
        choice(IMAGE).fitted(ImageRequest("long " * 380, boxes=PART.boxes), 1)
    assert (refused.value.reason, refused.value.facts["limit"]) == (Reason.PROMPT_TOO_LONG, 2000 - MAX_WORDS_CHARS)
