"""Discord's markup becomes the names, emoji and dates that the member saw, and no id reaches the model."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs.text.clean_content import Names, names_in_interaction, names_in_message, readable
from tests.cogs.objects import USER, a_message, an_interaction
from tests.timing import cost_s

NAMES = Names({5: "Bo"}, {7: "Managers"}, {9: "harbor"})


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("draw <@5> and <@!5> as kings", "draw @Bo and @Bo as kings"),
        ("<@6>, <@&8> and <#10>", "someone, people and somewhere"),
        ("<@&7> in <#9>", "@Managers in #harbor"),
        ("a <:pizza_cat:123456789012345678> and <a:dance:1>", "a :pizza_cat: and :dance:"),
        ("</imagine:123> </studio limits set:1>", "/imagine /studio limits set"),
        ("at <t:1735689600:t>", "at 2025-01-01 00:00 UTC"),
        ("on <t:1735689600:D>, <t:1735689600>", "on 2025-01-01, 2025-01-01 00:00 UTC"),
        ("<t:99999999999999999999><t:-99999999999999999999:R>", ""),
        ("<id:customize><sound:1:2>", "customize"),
        ("a < b > c <3 <https://example.org>", "a < b > c <3 <https://example.org>"),
    ],
)
def test_markup_becomes_the_text_that_the_member_saw(typed: str, read: str) -> None:
    assert readable(typed, NAMES) == read


@given(st.text(st.sampled_from("<@!&#:/ta1>_ ")))
def test_no_mention_survives_in_any_text(typed: str) -> None:
    assert "<@1>" not in readable(typed, NAMES)


def test_a_message_provides_the_names_of_mentioned_users() -> None:
    message = a_message(mentions=[{**USER, "global_name": "Bo of the sea"}])

    assert readable("<@5>", names_in_message(message)) == "@Bo of the sea"


def test_an_interaction_provides_the_names_of_its_user_and_of_resolved_users_and_roles() -> None:
    users = {"6": {**USER, "id": "6", "username": "cy"}, "7": {**USER, "id": "7", "global_name": "Dee"}}
    resolved = {"users": users, "members": {"7": {"nick": "Captain"}}, "roles": {"8": {"name": "crew"}}}
    data = {"id": "6", "name": "imagine", "type": 1, "resolved": resolved}

    names = names_in_interaction(an_interaction({"data": data, "user": USER, "context": 1,
                                                 "authorizing_integration_owners": {"0": "0"}}))  # fmt: skip

    assert readable("<@5> <@6> <@7> <@&8>", names) == "@ana @cy @Captain @crew"


@pytest.mark.parametrize("hostile", ["<@" * 2000, "<t:" * 1300, "</" + "a" * 3998, "<:" + "a:" * 1999])
def test_hostile_markup_is_read_in_time(hostile: str) -> None:
    assert cost_s(lambda: readable(hostile, NAMES)) < 0.05
