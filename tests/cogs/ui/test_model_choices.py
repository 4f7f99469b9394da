"""The autocompletion and the select of a form offer the models, and what a client sends is read as meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from cogs.text.i18n import ENGLISH, translator_for
from cogs.text.models import option_text
from cogs.ui.model_choices import DEFAULT, ModelField, chosen_model, suggestions
from imagegen.model_options import ModelOptions
from imagegen.reports import ModelOption
from imagegen.wan.catalogue import MODELS
from imagegen.wan.lineup import build_lineup
from imagegen.wan.record import Use

WAN_26 = ("wan2.6-image", "wan2.6-t2i")
DEAREST_FIRST = (
    "qwen-image-2.0-pro", "qwen-image-2.0", "qwen-image-edit-max", "qwen-image-edit-plus", "wan2.7-image"
)  # fmt: skip
CHINESE = translator_for("zh-CN")


def offered(*names: str) -> tuple[ModelOption, ...]:
    return ModelOptions(build_lineup((*WAN_26, *names)), {}).options(0)


SOME = offered("z-image-turbo", "qwen-image-2.0", "qwen-image-2.0-pro")


@pytest.mark.parametrize(
    ("typed", "values"),
    [
        ("", [DEFAULT, "z-image-turbo", "qwen-image-2.0", "qwen-image-2.0-pro"]),
        ("draft", ["z-image-turbo"]),
        (" CHEAP ", ["z-image-turbo"]),
        ("z-im", ["z-image-turbo"]),
        ("lettering", ["qwen-image-2.0", "qwen-image-2.0-pro"]),
        ("wan2.6", [DEFAULT]),
        ("a" * 6000, []),
        ("\N{RIGHT-TO-LEFT OVERRIDE}", []),
        (".*", []),
    ],
)
def test_suggestions_contain_what_was_typed(typed: str, values: list[str]) -> None:
    assert [choice.value for choice in suggestions(SOME, typed, ENGLISH)] == values


def test_suggestions_are_in_the_members_language() -> None:
    assert [choice.name for choice in suggestions(SOME, "草稿", CHINESE)] == [
        "草稿 · 每张用 ½ 张额度 · 又快又省，每次生成一张"
    ]


def test_every_model_at_once_fits_into_one_answer() -> None:
    found = suggestions(offered(*MODELS), "", ENGLISH)

    assert len(found) <= 25
    assert all(1 <= len(choice.name) <= 100 and 1 <= len(str(choice.value)) <= 100 for choice in found)


@pytest.mark.parametrize(
    ("sent", "model"),
    [
        (None, None),
        ("", None),
        (DEFAULT, None),
        ("Standard", None),
        ("Standard · quota: 1 each", None),
        ("wan2.6-t2i", None),
        ("z-image-turbo", "z-image-turbo"),
        ("draft", "z-image-turbo"),
        ("Draft · quota: ½ each · fast and cheap, one result", "z-image-turbo"),
        ("Lettering", "qwen-image-2.0"),
        ("Lettering (qwen-image-2.0-pro)", "qwen-image-2.0-pro"),
        ("wan2.7-image", "wan2.7-image"),
        ("hologram\0\ud83d", "hologram"),
    ],
)
def test_a_choice_is_known_by_its_value_its_word_and_its_text(sent: str | None, model: str | None) -> None:
    assert chosen_model(sent, SOME, ENGLISH) == model


@pytest.mark.parametrize(
    ("word", "model"), [("Lettering", "qwen-image-2.0"), ("Edit", "qwen-image-edit-plus"), ("Standard", None)]
)
def test_a_word_of_several_models_names_the_cheapest_or_the_default(word: str, model: str | None) -> None:
    assert chosen_model(word, offered(*DEAREST_FIRST), ENGLISH) == model


def test_a_member_may_send_a_word_of_their_language_or_the_english_one() -> None:
    assert [chosen_model(word, SOME, CHINESE) for word in ("草稿", "Draft")] == ["z-image-turbo"] * 2


def drawn(chosen: str | None, options: Sequence[ModelOption] = SOME) -> list[dict[str, Any]]:
    select: Any = ModelField(options, chosen).select(ENGLISH).to_component_dict()
    return list(select["options"])


def test_the_select_of_a_form_says_what_each_image_uses_before_the_choice() -> None:
    draft = next(option for option in drawn(None) if option["value"] == "z-image-turbo")

    assert (draft["label"], draft["description"]) == (
        "Draft",
        "quota: ½ each · fast and cheap, one result",
    )


@pytest.mark.parametrize(
    ("chosen", "selected"),
    [(None, DEFAULT), ("z-image-turbo", "z-image-turbo"), ("gone", DEFAULT), ("wan2.6-t2i", DEFAULT)],
)
def test_the_model_of_the_request_is_selected(chosen: str | None, selected: str) -> None:
    assert [option["value"] for option in drawn(chosen) if option["default"]] == [selected]


def test_a_price_that_another_quality_raises_is_named_as_the_lowest() -> None:
    tiered = offered("qwen-image-3.0-pro")[1]

    assert " · quota: from 1½ each · " in option_text(tiered, ENGLISH)
    assert " · 每张至少用 1½ 张额度 · " in option_text(tiered, CHINESE)


def test_one_choice_needs_no_field() -> None:
    assert [ModelField(options).is_needed for options in ((), SOME[:1], SOME)] == [False, False, True]


def test_the_only_model_that_wan_does_not_refuse_is_named_by_its_form() -> None:
    refused = {(name, Use.IMAGE_EDITING): "model_refused" for name in (*WAN_26, "wan2.7-image")}
    lineup = build_lineup((*WAN_26, "wan2.7-image", "wan2.7-image-pro"))

    field = ModelField(ModelOptions(lineup, {}, refused).options(1))

    assert field.is_needed
    assert [option["value"] for option in drawn(None, field.options)] == ["wan2.7-image-pro"]


def test_nothing_is_selected_while_wan_refuses_the_default() -> None:
    assert [option["default"] for option in drawn(None, SOME[1:])] == [False, False, False]
    assert [option["default"] for option in drawn("qwen-image-2.0", SOME[1:])] == [False, True, False]
