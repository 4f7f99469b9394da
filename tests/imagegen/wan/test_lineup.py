"""The lineup chooses the model of a request, and refuses with a reason if no model fits."""

import pytest

from imagegen.errors import Reason, Refused
from imagegen.wan.catalogue import MODELS, TASK_ONLY_REGIONS
from imagegen.wan.lineup import build_lineup, wrong_models
from imagegen.wan.record import Use

IMAGE, T2I, NEWER, PRO = "wan2.6-image", "wan2.6-t2i", "wan2.7-image", "wan2.7-image-pro"


def test_one_model_edits_images_and_another_generates_from_a_prompt() -> None:
    offered = build_lineup((IMAGE, T2I))

    uses = (Use.TEXT_TO_IMAGE, Use.IMAGE_EDITING, Use.STORY)
    assert [offered.model_for(use, None).name for use in uses] == [T2I, IMAGE, IMAGE]


def test_a_model_with_every_use_is_used_for_all_of_them() -> None:
    offered = build_lineup((NEWER,))

    assert [offered.model_for(use, None).name for use in (Use.TEXT_TO_IMAGE, Use.IMAGE_EDITING)] == [NEWER, NEWER]


def test_the_first_able_model_is_the_default_and_a_setting_changes_it() -> None:
    names = (IMAGE, T2I, NEWER, PRO)

    chosen = build_lineup(names, for_words=PRO, for_images=NEWER)

    assert build_lineup(names).model_for(Use.TEXT_TO_IMAGE, None).name == T2I
    assert [chosen.model_for(use, None).name for use in Use] == [PRO, NEWER, IMAGE, NEWER]


@pytest.mark.parametrize(
    ("names", "use", "named", "reason", "model"),
    [
        ((IMAGE, T2I), Use.TEXT_TO_IMAGE, NEWER, Reason.MODEL_NOT_OFFERED, NEWER),
        ((IMAGE, T2I), Use.TEXT_TO_IMAGE, "my secret prompt", Reason.MODEL_NOT_OFFERED, ""),
        ((IMAGE, T2I), Use.TEXT_TO_IMAGE, IMAGE, Reason.MODEL_NEEDS_IMAGE, IMAGE),
        ((IMAGE, T2I), Use.IMAGE_EDITING, T2I, Reason.MODEL_TAKES_NO_IMAGES, T2I),
        ((IMAGE, T2I), Use.STORY, T2I, Reason.MODEL_MAKES_NO_STORY, T2I),
        ((IMAGE,), Use.TEXT_TO_IMAGE, None, Reason.MODEL_NEEDS_IMAGE, IMAGE),
        ((T2I,), Use.IMAGE_EDITING, None, Reason.MODEL_TAKES_NO_IMAGES, T2I),
        ((NEWER, PRO), Use.STORY, None, Reason.MODEL_MAKES_NO_STORY, NEWER),
        ((IMAGE, T2I), Use.IMAGE_SET, None, Reason.MODEL_MAKES_NO_IMAGE_SET, IMAGE),
    ],
)
def test_an_unsuitable_model_is_refused_by_name(
    names: tuple[str, ...], use: Use, named: str | None, reason: Reason, model: str
) -> None:
    with pytest.raises(Refused) as refused:
        build_lineup(names).model_for(use, named)

    assert (refused.value.reason, refused.value.facts) == (reason, {"model": model})


@pytest.mark.parametrize("region", ["eu-central-1", "us-east-1"])
def test_a_region_without_a_model_refuses_it_at_the_start(region: str) -> None:
    (wrong,) = wrong_models((IMAGE, "z-image-turbo"), region, "", "")

    assert wrong.name == "MODELS"
    assert wrong.why.startswith(f"must leave out z-image-turbo, which is not in {region}; it is in cn-beijing, ")
    assert "z-image-turbo" not in wrong.instead


def test_no_region_that_has_tasks_only_has_a_model_without_tasks() -> None:
    without = [model for model in MODELS.values() if not model.has_tasks]

    assert without
    assert not [model.name for model in without if {*model.regions} & {*TASK_ONLY_REGIONS}]
