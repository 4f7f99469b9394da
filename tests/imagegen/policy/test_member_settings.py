"""What a member chose is read back as it was written, by any version."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagegen.image_request import AspectRatio
from imagegen.policy.member_settings import MAX_COUNT, MemberSettings

SETTINGS = st.builds(
    MemberSettings,
    aspect_ratio=st.none() | st.sampled_from(AspectRatio),
    model=st.none() | st.from_regex(r"[a-z0-9.-]{1,40}", fullmatch=True),
    count=st.none() | st.integers(1, MAX_COUNT),
    private=st.none() | st.booleans(),
    language=st.none() | st.sampled_from(["zh-CN", "en-US"]),
)


@given(SETTINGS)
def test_settings_are_read_as_they_were_written(settings: MemberSettings) -> None:
    assert MemberSettings.from_json(settings.to_json()) == settings


def test_what_another_version_wrote_is_kept_and_a_later_choice_replaces_it() -> None:
    stored = json.dumps({"aspect_ratio": "round", "count": True, "seed": 5, "private": False})

    read = MemberSettings.from_json(stored)
    chosen = read.with_choice("aspect_ratio", "tall").with_choice("count", None)

    assert (read.aspect_ratio, read.count, read.private) == (None, None, False)
    assert json.loads(read.to_json()) == json.loads(stored)
    assert json.loads(chosen.to_json()) == {"seed": 5, "aspect_ratio": "tall", "private": False}


@pytest.mark.parametrize("stored", ["", "[]", "null", "[" * 10_000, '{"model": {"a": 1}}'])
def test_unreadable_settings_are_those_of_everybody(stored: str) -> None:
    assert MemberSettings.from_json(stored) == MemberSettings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("count", 0),
        ("count", MAX_COUNT + 1),
        ("model", "x" * 41),
        ("language", "<@1>"),
        ("seed", 1),
        ("private", "yes"),
    ],
)
def test_a_value_that_no_select_offers_is_no_choice(name: str, value: Any) -> None:
    with pytest.raises((KeyError, ValueError, TypeError)):
        MemberSettings().with_choice(name, value)
