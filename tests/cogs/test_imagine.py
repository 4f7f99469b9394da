"""The options that /imagine offers."""

from typing import Any

import discord
import pytest
from discord import app_commands

from cogs.imagine import IMAGES, Imagine
from imagegen.model_options import ModelOptions
from imagegen.wan.catalogue import MODELS
from imagegen.wan.lineup import build_lineup

WAN_26 = ("wan2.6-image", "wan2.6-t2i")


def options(*models: str) -> dict[str, dict[str, Any]]:
    """Return the options of /imagine, by name, as the bot registers them with Discord if it offers *models*."""
    tree = app_commands.CommandTree(discord.Client(intents=discord.Intents.none()))
    offered = ModelOptions(build_lineup(models), {})
    return {option["name"]: option for option in Imagine(offered).imagine.to_dict(tree)["options"]}


@pytest.mark.parametrize("before", [WAN_26, ("wan2.7-image-pro",)])
def test_imagine_has_a_model_option_only_when_there_is_a_choice(before: tuple[str, ...]) -> None:
    options(*before)

    without, with_models = options(*WAN_26), options(*WAN_26, "z-image-turbo")

    assert "model" not in without
    assert with_models["model"]["autocomplete"]
    assert not with_models["model"].get("choices")
    assert [*with_models][:7] == ["prompt", "image1", "image2", "image3", "image4", "model", "aspect_ratio"]


@pytest.mark.parametrize(
    ("models", "qualities", "most", "thinks"),
    [
        (WAN_26, ["normal", "high"], 4, False),
        ((*WAN_26, "qwen-image-2.0"), ["normal", "high"], 6, False),
        ((*WAN_26, "wan2.7-image-pro"), ["normal", "high", "4k"], 4, True),
    ],
    ids=["Wan 2.6", "with Qwen-Image", "with Wan 2.7"],
)
def test_imagine_offers_what_the_models_take(
    models: tuple[str, ...], qualities: list[str], most: int, thinks: bool
) -> None:
    found = options(*models)

    assert [choice["value"] for choice in found["quality"]["choices"]] == qualities
    assert found["count"]["max_value"] == most
    assert [name for name in ("thinking", "set", "palette") if name in found] == ["thinking", "set", "palette"] * thinks
    assert len(found) <= 25


@pytest.mark.parametrize(
    ("models", "missing"),
    [
        (WAN_26, {"model", "thinking", "set", "palette"}),
        (("wan2.6-image",), {"model", "thinking", "set", "palette"}),
        (("wan2.6-t2i",), {"model", "thinking", "set", "palette", *IMAGES}),
        (("z-image-turbo",), {"model", "thinking", "set", "palette", *IMAGES, "count", "negative_prompt"}),
        (("qwen-image-edit-plus",), {"model", "thinking", "set", "palette", "image4"}),
        (("wan2.7-image",), {"model", "negative_prompt"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_imagine_has_no_option_that_no_offered_model_takes(models: tuple[str, ...], missing: set[str]) -> None:
    every = {"prompt", *options(*MODELS)}

    assert every - {*options(*models)} == missing
