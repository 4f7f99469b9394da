"""Modals are checked, filled in and sent as in Discord."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.people import File, Refused
from tests.sandbox.conftest import WireBot
from tests.sandbox.discord.parts import OPTIONS, button, label, posted, row, text

FIELDS: list[tuple[dict[str, Any], Any, dict[str, Any]]] = [
    ({"type": 4, "style": 1}, "words", {"value": "words"}),
    ({"type": 4, "style": 2, "value": "prefilled"}, None, {"value": "prefilled"}),
    ({"type": 4, "style": 1, "min_length": 2}, "  ", {"value": "  "}),
    ({"type": 4, "style": 1, "required": False, "min_length": 3}, "", {"value": ""}),
    ({"type": 4, "style": 1, "max_length": 2}, "🙂", {"value": "🙂"}),
    ({"type": 3, "options": OPTIONS, "max_values": 2}, ["red", "blue"], {"values": ["red", "blue"]}),
    ({"type": 3, "options": [{**OPTIONS[0], "default": True}, OPTIONS[1]]}, None, {"values": ["red"]}),
    ({"type": 5}, ["ana"], {"values": ["ana"]}),
    ({"type": 7, "required": False}, [], {"values": []}),
    ({"type": 8}, ["channel"], {"values": ["channel"]}),
    ({"type": 21, "options": OPTIONS}, "green", {"value": "green"}),
    ({"type": 21, "options": OPTIONS, "required": False}, None, {"value": None}),
    ({"type": 22, "options": OPTIONS}, ["red", "green", "blue"], {"values": ["red", "green", "blue"]}),
    ({"type": 23}, True, {"value": True}),
    ({"type": 23, "default": True}, None, {"value": True}),
]


@pytest.mark.parametrize(("field", "value", "filled"), FIELDS)
async def test_a_modals_field_of_each_type_is_filled_in(
    wire: WireBot, field: dict[str, Any], value: Any, filled: dict[str, Any]
) -> None:
    ids = {"ana": wire.ana.id, "channel": wire.channel}
    real = [ids.get(found, found) for found in value] if isinstance(value, list) else value
    opened = await wire.answer(
        await wire.interaction(), 9, custom_id="m", title="Fill in", components=[text("Please:"), label(field)]
    )
    assert opened[0] == 200, opened

    data = wire.made(await wire.ana.fill(**({} if value is None else {"f": real}))).payload["data"]

    shown, answered = data["components"]
    expected = {k: [ids.get(i, i) for i in v] if isinstance(v, list) else v for k, v in filled.items()}
    assert shown == {"type": 10, "id": 1}
    assert answered["component"] == {"type": field["type"], "id": 3, "custom_id": "f", **expected}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ({"type": 4, "style": 1}, ""),
        ({"type": 4, "style": 1, "min_length": 3}, "ab"),
        ({"type": 4, "style": 1, "required": False, "min_length": 3}, "ab"),
        ({"type": 4, "style": 1, "max_length": 1}, "🙂"),
        ({"type": 4, "style": 1}, ["words"]),
        ({"type": 19, "required": False, "min_values": 2, "max_values": 3}, [File("a.txt", b"a")]),
        ({"type": 22, "options": OPTIONS, "required": False, "min_values": 2}, ["red"]),
        ({"type": 3, "options": OPTIONS}, ["yellow"]),
        ({"type": 5}, ["1"]),
        ({"type": 19}, []),
        ({"type": 21, "options": OPTIONS}, None),
        ({"type": 22, "options": OPTIONS, "max_values": 1}, ["red", "green"]),
    ],
)
async def test_a_value_that_the_modal_forbids_is_not_sent(wire: WireBot, field: dict[str, Any], value: Any) -> None:
    await wire.answer(await wire.interaction(), 9, custom_id="m", title="Fill in", components=[label(field)])

    with pytest.raises(Refused):
        await wire.ana.fill(**({} if value is None else {"f": value}))


async def test_a_modal_takes_files_of_any_type(wire: WireBot) -> None:
    field = {"type": 19, "max_values": 2}
    await wire.answer(await wire.interaction(), 9, custom_id="m", title="Fill in", components=[label(field)])

    data = wire.made(await wire.ana.fill(f=[File("a.csv", b"1"), File("b.json", b"{}")])).payload["data"]

    kinds = [found["content_type"] for found in data["resolved"]["attachments"].values()]
    assert kinds == ["text/csv", "application/json"]
    assert data["components"][0]["component"]["values"] == list(data["resolved"]["attachments"])


@pytest.mark.parametrize(
    "about",
    [
        {"title": "x" * 46, "components": [text()]},
        {"title": "x", "components": [text()] * 6},
        {"title": "x", "components": []},
        {"title": "x", "components": [button()]},
        {"title": "x", "components": [label({"type": 4, "style": 1}), label({"type": 23})]},
        {"title": "x", "components": [label({"type": 4, "style": 1}, title="x" * 46)]},
        {"title": "x", "components": [label({"type": 21, "options": OPTIONS[:1]})]},
        {"title": "x", "components": [label({"type": 22, "options": [OPTIONS[0]] * 2})]},
        {"title": "x", "components": [label({"type": 19, "max_values": 11})]},
        {"title": "x", "components": [label({"type": 19, "min_values": 0})]},
        {"title": "x", "components": [label({"type": 5, "min_values": 0, "required": True})]},
        {"title": "x", "components": [label({"type": 3, "options": OPTIONS, "disabled": True})]},
        {"title": "x", "components": [label({"type": 4, "style": 1, "placeholder": "x" * 101})]},
        {"title": "x", "components": [label({"type": 4, "style": 1, "max_length": 3, "value": "four"})]},
    ],
)
async def test_a_modal_that_breaks_a_rule_is_not_opened(wire: WireBot, about: dict[str, Any]) -> None:
    status, answer = await wire.answer(await wire.interaction(), 9, custom_id="m", **about)

    assert (status, answer["code"]) == (400, 50035)
    assert (await wire.ana.state())["modals"] == []


async def test_a_modals_answer_names_the_interaction_that_opened_it(wire: WireBot) -> None:
    message = await posted(wire, text("before"), row(button()))
    press = wire.made(await wire.ana.press(message, "Go")).payload
    await wire.answer(press, 9, custom_id="m", title="x", components=[label({"type": 23})])
    submit = wire.made(await wire.ana.fill(f=False)).payload

    answer = (await wire.answer(submit, 4, content="done"))[1]["resource"]["message"]

    assert submit["message"]["id"] == message["id"]
    opener = answer["interaction_metadata"]["triggering_interaction_metadata"]
    assert (opener["id"], opener["type"], opener["interacted_message_id"]) == (press["id"], 3, message["id"])


async def test_a_submission_is_sent_again_only_if_the_bot_misses_it(wire: WireBot) -> None:
    await wire.answer(await wire.interaction(), 9, custom_id="m", title="x", components=[label({"type": 23})])
    modal = (await wire.ana.state())["modals"][0]["id"]
    about = {"person": wire.ana.id, "modal": modal, "values": {}}

    await wire.control.post("/act/modal", **about)
    with pytest.raises(Refused, match="waits for the bot"):
        await wire.control.post("/act/modal", **about)
    await wire.control.post("/clock", advance_s=4)
    again = (await wire.control.post("/act/modal", **about))["interaction"]
    await wire.answer(wire.box.world.interactions[again].payload, 4, content="done")

    assert (await wire.ana.state())["modals"] == []
    await wire.control.post("/clock", advance_s=4)
    with pytest.raises(Refused, match="no longer open"):
        await wire.control.post("/act/modal", **about)
