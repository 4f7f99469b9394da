"""Give the tests of messages one house and one page of Ana's for each module, and a channel for each test."""

from __future__ import annotations

from tests.page.composer.conftest import house, opened, page, room, room_name, watch

__all__ = ["house", "opened", "page", "room", "room_name", "watch"]
