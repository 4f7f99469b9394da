"""An address holds what a delivery needs, and a token sets a time limit for sending the request to Wan."""

from __future__ import annotations

import json
from datetime import timedelta

import discord
import pytest

from cogs.messaging.address import (
    address_of,
    address_of_message,
    may_write,
    requester_of,
    requester_of_message,
    send_before_at,
)
from imagegen.address import Address
from imagegen.model import DIRECT, INSTALL, Scope
from tests.cogs.objects import IN_DIRECT, IN_GROUP, IN_SERVER, NOON, USER_INSTALL, a_message, an_interaction


@pytest.mark.parametrize(
    ("where", "scope"), [(IN_SERVER, Scope(1)), (IN_DIRECT, DIRECT), (USER_INSTALL, INSTALL), (IN_GROUP, INSTALL)]
)
def test_the_scope_says_where_quotas_are_counted(where: dict[str, object], scope: Scope) -> None:
    requester = requester_of(an_interaction(where))

    assert (requester.user_id, requester.scope, requester.locale) == (5, scope, "de")


def test_an_address_is_json_and_holds_what_a_delivery_after_a_restart_needs() -> None:
    address = address_of(an_interaction())

    assert Address.from_json(address.to_json()) == address
    assert json.loads(address.to_json()) == {
        "application_id": 8, "token": "t0ken", "server_id": 1, "channel_id": 2, "max_file_bytes": 10_485_760,
    }  # fmt: skip


@pytest.mark.parametrize("where", [USER_INSTALL, IN_GROUP])
def test_a_user_install_is_answered_by_its_token_only(where: dict[str, object]) -> None:
    interaction = an_interaction(where)

    assert send_before_at(interaction) == NOON + timedelta(minutes=13)
    assert send_before_at(interaction, is_slow=True) == NOON + timedelta(minutes=10)
    assert address_of(interaction).is_user_install


@pytest.mark.parametrize(("where", "locale"), [(IN_SERVER, "zh-CN"), (USER_INSTALL, None), (IN_DIRECT, None)])
def test_only_a_server_that_the_bot_is_in_has_a_language_of_its_own(
    where: dict[str, object], locale: str | None
) -> None:
    chinese = where if where is IN_DIRECT else {**where, "guild_locale": "zh-CN"}

    assert address_of(an_interaction(chinese)).server_locale == locale


@pytest.mark.parametrize("where", [IN_SERVER, IN_DIRECT])
def test_where_the_bot_may_write_a_result_may_come_late(where: dict[str, object]) -> None:
    assert send_before_at(an_interaction(where)) is None


@pytest.mark.parametrize("missing", ["view_channel", "send_messages", "attach_files"])
def test_the_bot_needs_every_one_of_its_permissions_to_write(missing: str) -> None:
    allowed = discord.Permissions.all()
    allowed.update(**{missing: False})

    assert may_write(discord.Permissions.all(), None)
    assert not may_write(allowed, None)


def test_a_request_by_message_gets_a_reply() -> None:
    message = a_message()

    address = address_of_message(message)

    assert address == Address(channel_id=2, reply_to_id=3)
    assert requester_of_message(message).scope == DIRECT
