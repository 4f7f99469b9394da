"""Ids are built and parsed in one place, and fit into what Discord takes."""

from __future__ import annotations

import re

import pytest

from cogs.ui import ids
from cogs.ui.buttons import LOOKS
from cogs.ui.ids import FIND_CHARS, FORM, PAGE, REWORD, Verb, component_id, template

JOB, SNOWFLAKE = 10**18 - 1, 2**64 - 1


@pytest.mark.parametrize("verb", Verb)
def test_a_component_id_is_read_by_its_own_template_alone(verb: Verb) -> None:
    read = [other for other in Verb if re.fullmatch(template(other), component_id(verb, JOB))]

    assert read == [verb]
    assert ids.is_about(component_id(verb, 7), 7)
    assert not ids.is_about(component_id(verb, 7), 70)


def test_every_verb_of_a_button_has_a_look() -> None:
    assert set(LOOKS) == set(Verb) - {Verb.STEP}


@pytest.mark.parametrize(
    ("custom_id", "pattern"),
    [
        (ids.reword_id(f"change:{JOB}", SNOWFLAKE), REWORD),
        (ids.page_id("mine", JOB, "x" * FIND_CHARS), PAGE),
        (ids.form_id(f"edit:{SNOWFLAKE}", SNOWFLAKE), FORM.pattern),
    ],
)
def test_the_longest_id_is_read_back_and_fits(custom_id: str, pattern: str) -> None:
    assert re.fullmatch(pattern, custom_id)
    assert len(custom_id) <= 100  # https://discord.com/developers/docs/components/reference#custom-id (2026-11-29)


def test_a_nonce_fits_beside_the_largest_id_of_a_message() -> None:
    assert len(ids.nonce("r", SNOWFLAKE)) <= 25


@pytest.mark.parametrize("kind", ["", "SPOILER_"])
def test_a_result_is_known_by_its_file_name(kind: str) -> None:
    name = ids.result_file_name(42, 3, "webp")

    assert ids.result_in(f"https://cdn.discordapp.com/attachments/1/2/{kind}{name}?ex=1") == (42, 3, name)
    assert ids.result_in(f"https://cdn.discordapp.com/attachments/1/2/my-{name}") is None
