"""The private grid says what an edit uses, and has no text where there is nothing to say."""

from __future__ import annotations

import pytest

from cogs.text.i18n import ENGLISH
from cogs.ui.part_cards import grid_card
from cogs.ui.part_choice import PartChoice
from imagegen.image_request import Intent
from imagegen.reports import ModelOption, RequestLimits
from tests.cogs.ui.test_cards import components_of

LIMITS = RequestLimits(2000, 0, 9, 4, 9, model="wan2.7-image", boxes=2)


@pytest.mark.parametrize(
    ("models", "below"),
    [((), []), ((ModelOption("wan2.7-image", Intent.STANDARD, 100, 9, 4, True),), ["-# Standard · quota: 1 each"])],
    ids=["a model that nobody can choose now", "the default"],
)
def test_the_grid_has_no_empty_text_below_it(models: tuple[ModelOption, ...], below: list[str]) -> None:
    card = grid_card(PartChoice(1, 1, (1,), 800, 600), LIMITS, models, ENGLISH, spoiler=False)

    _, *texts = [part["content"] for part in components_of(card) if part["type"] == 10]
    assert texts == below
