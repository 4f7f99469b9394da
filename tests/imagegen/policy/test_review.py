"""Managers look first at results of the channels and the newcomers that they chose, and if unsure, too."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from imagegen.model import DIRECT, INSTALL, Requester, Scope
from imagegen.policy.review import is_held
from imagegen.policy.server_settings import DEFAULT_SETTINGS, ServerSettings

NOW = datetime(2026, 11, 30, tzinfo=UTC)
CHANNEL = replace(DEFAULT_SETTINGS, hold_channels=(5,), log_channel_id=8)
NEWCOMERS = replace(DEFAULT_SETTINGS, hold_newcomers_days=7, log_channel_id=8)
ANA = Requester(1, Scope(7), channel_id=4, joined_at=NOW - timedelta(days=30))


@pytest.mark.parametrize(
    ("settings", "requester", "held"),
    [
        (DEFAULT_SETTINGS, ANA, False),
        (CHANNEL, ANA, False),
        (CHANNEL, replace(ANA, channel_id=5), True),
        (CHANNEL, replace(ANA, channel_id=6, parent_channel_id=5), True),
        (CHANNEL, replace(ANA, channel_id=5, manages_server=True), False),
        (CHANNEL, replace(ANA, channel_id=5, scope=DIRECT), False),
        (CHANNEL, replace(ANA, channel_id=5, scope=INSTALL), False),
        (NEWCOMERS, ANA, False),
        (NEWCOMERS, replace(ANA, joined_at=NOW - timedelta(days=6)), True),
        (NEWCOMERS, replace(ANA, joined_at=None), True),
        (NEWCOMERS, replace(ANA, joined_at=None, manages_server=True), False),
    ],
)
def test_a_result_is_held_where_managers_want_it_or_if_that_is_unsure(
    settings: ServerSettings, requester: Requester, held: bool
) -> None:
    assert is_held(settings, requester, now=NOW) is held
