"""The checklist fits into a card whatever happens, and says first what the operator does next."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cogs.text.units import units
from cogs.ui.limits import CARD_CHARS, CARD_COMPONENTS
from hosting.verify import rules
from hosting.verify.board import as_plain
from hosting.verify.card import Checklist, draw
from hosting.verify.items import failed, passed
from hosting.verify.run import channel_id_in, every_item
from imagegen.settings import Settings

ITEMS = every_item(Settings(_env_file=None))


def texts(checklist: Checklist) -> list[str]:
    return [item.content for item in draw(checklist).walk_children() if hasattr(item, "content")]


@pytest.mark.parametrize("copies", [1, 3])
def test_a_checklist_where_everything_fails_at_length_fits_into_a_card(copies: int) -> None:
    items = [replace(item, key=f"{item.key}-{n}") for item in ITEMS for n in range(copies)]
    everything = {item.key: failed("Discord refused it. " * 40) for item in items}
    checklist = Checklist(items, everything, items[0], "Type `/imagine prompt:hello`. " * 10, (("Open form", "x"),))

    assert sum(units(text) for text in texts(checklist)) <= CARD_CHARS
    assert draw(checklist).total_children_count <= CARD_COMPONENTS


def test_the_next_step_stands_above_the_list_and_a_finished_list_has_no_buttons() -> None:
    checklist = Checklist(ITEMS, {ITEMS[0].key: passed("It holds.")}, ITEMS[1], "Post an image.")

    _, step, lines = texts(checklist)
    assert step == "**Your turn:** Post an image."
    assert lines.splitlines()[:3] == ["**Discord**", f"✓ {ITEMS[0].title}", f"▸ **{ITEMS[1].title}**"]
    assert [text.splitlines()[0] for text in texts(replace(checklist, over=True))] == [
        "### Verifying this bot", "**Discord**",
    ]  # fmt: skip


def test_every_item_belongs_to_a_group_and_has_a_key_of_its_own() -> None:
    lines = texts(Checklist(ITEMS, {}))[-1].splitlines()

    assert len(lines) == len(ITEMS) + len({"Discord", "Wan"})
    assert len({item.key for item in ITEMS}) == len(ITEMS)
    assert len(rules.RULES) + len(rules.LAST) == sum(item.key.startswith("discord.") for item in ITEMS)


@pytest.mark.parametrize(
    ("text", "channel_id"),
    [
        ("123", 123),
        (" https://discord.com/channels/1/123 ", 123),
        ("https://ptb.discord.com/channels/1/123/", 123),
        ("<#123>", 123),
        ("https://discord.com/channels/1/123/456", None),  # a message
        ("https://example.com/channels/1/123", None),
        ("harbor", None),
        ("1" * 21, None),
        ("", None),
    ],
)
def test_a_channel_is_named_by_its_id_or_link(text: str, channel_id: int | None) -> None:
    assert channel_id_in(text) == channel_id


def test_the_terminal_shows_no_markup() -> None:
    assert as_plain("Post: <@12> hello. Choose the bot's **role** <@&34>, or `/imagine`.") == (
        "Post: @the bot hello. Choose the bot's role @the bot, or /imagine."
    )
