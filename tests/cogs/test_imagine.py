"""The options that /imagine offers."""

from typing import Any

import discord
import pytest
from discord import app_commands

from cogs.imagine import Imagine


def options(models: list[str]) -> dict[str, dict[str, Any]]:
    """Return the options of /imagine, by name, as the bot registers them with Discord."""
    tree = app_commands.CommandTree(discord.Client(intents=discord.Intents.none()))
    return {option["name"]: option for option in Imagine(models).imagine.to_dict(tree)["options"]}


@pytest.mark.parametrize("before", [[], ["a", "b"]])
def test_imagine_has_a_model_option_only_when_there_are_several_models(before: list[str]) -> None:
    options(before)

    without, with_models = options([]), options(["wan2.6-t2i", "wan2.7-image"])

    assert "model" not in without
    assert [choice["value"] for choice in with_models["model"]["choices"]] == ["wan2.6-t2i", "wan2.7-image"]
    assert not with_models["model"]["required"]
    assert [*with_models] == [*without, "model"]
