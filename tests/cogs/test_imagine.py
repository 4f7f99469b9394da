"""What /imagine asks for."""

from typing import Any

import discord
import pytest
from discord import app_commands

from cogs.imagine import Imagine


def options(models: list[str]) -> dict[str, dict[str, Any]]:
    """The command's options, as Discord is told of them."""
    tree = app_commands.CommandTree(discord.Client(intents=discord.Intents.none()))
    return {option["name"]: option for option in Imagine(models).imagine.to_dict(tree)["options"]}


@pytest.mark.parametrize("before", [[], ["a", "b"]])
def test_a_model_is_asked_for_only_where_there_is_one_to_choose(before: list[str]) -> None:
    options(before)

    without, among = options([]), options(["wan2.6-t2i", "wan2.7-image"])

    assert "model" not in without
    assert [choice["value"] for choice in among["model"]["choices"]] == ["wan2.6-t2i", "wan2.7-image"]
    assert not among["model"]["required"]
    assert [*among] == [*without, "model"]
