"""The table of transitions agrees with itself, and a reader sees all of it."""

from __future__ import annotations

import pytest

from imagegen.states import TRANSITIONS, State, as_markdown


def test_the_table_knows_every_state() -> None:
    assert set(TRANSITIONS) == set(State)


@pytest.mark.parametrize("state", State)
def test_a_state_is_final_exactly_when_no_other_state_follows(state: State) -> None:
    assert state.has_ended == (TRANSITIONS[state] <= {state})


@pytest.mark.parametrize("state", State)
def test_a_state_waits_or_is_in_flight_or_is_made_or_has_ended(state: State) -> None:
    assert [state.is_waiting, state.is_in_flight, state is State.GENERATED, state.has_ended].count(True) == 1


def test_the_drawing_shows_each_transition_to_another_state() -> None:
    drawn = {line.strip() for line in as_markdown().splitlines() if "-->" in line and "[*]" not in line}

    assert drawn == {f"{state} --> {after}" for state in State for after in TRANSITIONS[state] - {state}}
