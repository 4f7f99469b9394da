"""Which model an ask is made with, and what it is told where none will do."""

import pytest

from imagegen.errors import Reason, Refused
from imagegen.wan.catalogue import Use
from imagegen.wan.hosts import SINGAPORE
from imagegen.wan.lineup import build_lineup

IMAGE, T2I, NEWER, PRO = "wan2.6-image", "wan2.6-t2i", "wan2.7-image", "wan2.7-image-pro"


def test_images_are_changed_by_one_model_and_words_drawn_by_another() -> None:
    offered = build_lineup((IMAGE, T2I), SINGAPORE)

    assert [offered.model_for(use, None).name for use in Use] == [T2I, IMAGE, IMAGE]


def test_a_model_that_does_all_is_used_for_all_that_it_can() -> None:
    offered = build_lineup((NEWER,), SINGAPORE)

    assert [offered.model_for(use, None).name for use in (Use.TEXT_TO_IMAGE, Use.IMAGE_EDITING)] == [NEWER, NEWER]


def test_the_first_that_can_is_the_default_and_a_setting_chooses_another() -> None:
    names = (IMAGE, T2I, NEWER, PRO)

    chosen = build_lineup(names, SINGAPORE, for_words=PRO, for_images=NEWER)

    assert build_lineup(names, SINGAPORE).model_for(Use.TEXT_TO_IMAGE, None).name == T2I
    assert [chosen.model_for(use, None).name for use in Use] == [PRO, NEWER, IMAGE]


@pytest.mark.parametrize(
    ("names", "choices"),
    [
        ((IMAGE, T2I), ()),
        ((T2I,), ()),
        ((IMAGE, T2I, NEWER), (IMAGE, T2I, NEWER)),
        ((NEWER, PRO), (NEWER, PRO)),
        ((T2I, NEWER, NEWER), (T2I, NEWER)),
    ],
)
def test_there_is_a_choice_only_where_two_do_the_same(names: tuple[str, ...], choices: tuple[str, ...]) -> None:
    assert build_lineup(names, SINGAPORE).choices == choices


@pytest.mark.parametrize(
    ("names", "use", "named", "reason", "model"),
    [
        ((IMAGE, T2I), Use.TEXT_TO_IMAGE, NEWER, Reason.MODEL_NOT_OFFERED, NEWER),
        ((IMAGE, T2I), Use.TEXT_TO_IMAGE, "x" * 99, Reason.MODEL_NOT_OFFERED, "x" * 40),
        ((IMAGE, T2I), Use.TEXT_TO_IMAGE, IMAGE, Reason.MODEL_NEEDS_IMAGE, IMAGE),
        ((IMAGE, T2I), Use.IMAGE_EDITING, T2I, Reason.MODEL_TAKES_NO_IMAGES, T2I),
        ((IMAGE, T2I), Use.STORY, T2I, Reason.MODEL_MAKES_NO_STORY, T2I),
        ((IMAGE,), Use.TEXT_TO_IMAGE, None, Reason.MODEL_NEEDS_IMAGE, IMAGE),
        ((T2I,), Use.IMAGE_EDITING, None, Reason.MODEL_TAKES_NO_IMAGES, T2I),
        ((NEWER, PRO), Use.STORY, None, Reason.MODEL_MAKES_NO_STORY, NEWER),
    ],
)
def test_a_model_that_will_not_do_is_refused_by_name(
    names: tuple[str, ...], use: Use, named: str | None, reason: Reason, model: str
) -> None:
    with pytest.raises(Refused) as refused:
        build_lineup(names, SINGAPORE).model_for(use, named)

    assert (refused.value.reason, refused.value.facts) == (reason, {"model": model})
