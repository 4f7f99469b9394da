"""What servers decided about private results is found whatever else their settings hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imagegen.policy.private_results import PrivateDefaults, ServerDefault
from imagegen.policy.server_settings import DEFAULT_SETTINGS
from imagegen.store import private_defaults, server_settings
from tests.imagegen.store.books import Books


def test_only_those_who_decided_are_found(books: Books) -> None:
    settings = {
        1: replace(DEFAULT_SETTINGS, private=True),
        2: replace(DEFAULT_SETTINGS, private_channels=(7, 8)),
        3: replace(DEFAULT_SETTINGS, spoiler=True),
    }
    with books.engine.begin() as tx:
        for server_id, chosen in settings.items():
            server_settings.set_settings(tx, server_id, chosen, user_id=9, now=books.now)
        found = private_defaults.found(tx)

    channels = {1: ServerDefault(everywhere=True), 2: ServerDefault(channels=frozenset({7, 8}))}
    assert found == PrivateDefaults(channels, is_whole=True)


def test_a_result_is_private_in_doubt_if_not_all_could_be_read(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_defaults, "MOST", 1)
    with books.engine.begin() as tx:
        server_settings.set_settings(tx, 1, replace(DEFAULT_SETTINGS, private=True), user_id=9, now=books.now)

        assert not private_defaults.found(tx).is_whole
