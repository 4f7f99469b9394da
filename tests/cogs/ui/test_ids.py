"""Each id that the bot builds is parsed back, and fits Discord's limits."""

from __future__ import annotations

import re

import pytest

from cogs.ui import ids, part_choice
from cogs.ui.buttons import LOOKS
from cogs.ui.ids import FORM, REWORD, Verb, component_id, template
from cogs.ui.part_choice import PartChoice, choice_in
from imagegen.wan.catalogue import MODELS

JOB, SNOWFLAKE = 10**18 - 1, 2**64 - 1
PART = PartChoice(SNOWFLAKE, 10, tuple(range(3, 13)), 3800, 3800, frozenset(range(1, 26)), max(MODELS, key=len))


@pytest.mark.parametrize("verb", Verb)
def test_a_component_id_matches_only_its_own_template(verb: Verb) -> None:
    matching = [other for other in Verb if re.fullmatch(template(other), component_id(verb, JOB))]

    assert matching == [verb]
    assert ids.is_about(component_id(verb, 7), 7)
    assert not ids.is_about(component_id(verb, 7), 70)


def test_every_button_has_a_label_and_style() -> None:
    assert set(LOOKS) == set(Verb) - {Verb.STEP, Verb.TURN, Verb.REPORT}


@pytest.mark.parametrize(
    ("custom_id", "pattern"),
    [
        (ids.reword_id(f"change:{JOB}", SNOWFLAKE), REWORD),
        (ids.reword_id(f"edit.12:{SNOWFLAKE}", SNOWFLAKE, "m" * ids.MODEL_CHARS), REWORD),
        (ids.pick_id(JOB, 12), ids.PICK),
        (ids.form_id(f"edit.12:{SNOWFLAKE}", SNOWFLAKE), FORM.pattern),
        (ids.form_id(f"edit:{SNOWFLAKE}", SNOWFLAKE), FORM.pattern),
        (PART.form_id(SNOWFLAKE), part_choice.FORM.pattern),
    ],
)
def test_the_longest_id_matches_its_pattern_and_fits_discords_limit(custom_id: str, pattern: str) -> None:
    assert re.fullmatch(pattern, custom_id)
    assert len(custom_id) <= 100  # https://discord.com/developers/docs/components/reference#custom-id (2026-11-29)


def test_a_nonce_of_the_largest_message_id_fits_discords_limit() -> None:
    assert len(ids.nonce("r", SNOWFLAKE)) <= 25


@pytest.mark.parametrize("kind", ["", "SPOILER_"])
def test_a_result_is_recognized_by_its_file_name(kind: str) -> None:
    name = ids.result_file_name(42, 3, "webp")

    assert ids.result_in(f"https://cdn.discordapp.com/attachments/1/2/{kind}{name}?ex=1") == (42, 3, name)
    assert ids.result_in(f"https://cdn.discordapp.com/attachments/1/2/my-{name}") is None


@pytest.mark.parametrize("choice", [PART, PartChoice(1, 2, (1, 2, 3), 800, 600), PartChoice(1, 1, (7,), 800, 600)])
def test_what_was_chosen_of_an_image_is_read_back_from_its_ids(choice: PartChoice) -> None:
    match = part_choice.FORM.fullmatch(choice.form_id(SNOWFLAKE))

    assert match is not None
    assert choice_in(match) == choice
