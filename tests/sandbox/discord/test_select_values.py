"""Components of every type are checked, filled in and chosen from as in Discord."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.people import Refused
from tests.sandbox.conftest import WireBot
from tests.sandbox.discord.parts import EPHEMERAL, OPTIONS, V2, button, label, posted, row, select, text


@pytest.mark.parametrize(
    "parts",
    [
        [button()],
        [row()],
        [row(*(button(str(n)) for n in range(6)))],
        [row(select(3, options=OPTIONS), button())],
        [row({"type": 2, "style": 1, "custom_id": "b"})],
        [row(button(label="x" * 81))],
        [row({"type": 2, "style": 5, "label": "x", "custom_id": "b"})],
        [row({"type": 2, "style": 1, "label": "x"})],
        [row(button(custom_id="x" * 101))],
        [row(select(3, options=[]))],
        [row(select(3, options=[OPTIONS[0], OPTIONS[0]]))],
        [row(select(3, options=[{"label": str(n), "value": str(n)} for n in range(26)]))],
        [row(select(3, options=OPTIONS, max_values=4))],
        [row(select(3, options=OPTIONS, min_values=2, max_values=1))],
        [row(select(5, placeholder="x" * 151))],
        [row(select(5, default_values=[{"id": "1", "type": "user"}, {"id": "2", "type": "user"}]))],
        [{"type": 9, "components": [text()] * 4, "accessory": button()}],
        [{"type": 9, "components": [text()]}],
        [{"type": 17, "components": []}],
        [{"type": 17, "components": [{"type": 17, "components": [text()]}]}],
        [{"type": 13, "file": {"url": "https://example.com/a.zip"}}],
        [text("")],
        [{**text(), "id": 7}, {**text(), "id": 7}],
        [label({"type": 4, "style": 1})],
    ],
)
async def test_components_that_break_a_rule_are_refused(wire: WireBot, parts: list[dict[str, Any]]) -> None:
    status, answer = await wire.post({"flags": V2, "components": parts})

    assert (status, answer["code"]) == (400, 50035)


async def test_the_ids_of_default_values_are_answered_as_text(wire: WireBot) -> None:
    chosen = {"id": int(wire.ana.id), "type": "user"}

    message = await posted(wire, row(select(5, default_values=[chosen])))

    assert message["components"][0]["components"][0]["default_values"] == [{**chosen, "id": wire.ana.id}]


async def test_a_message_without_the_v2_flag_holds_five_rows(wire: WireBot) -> None:
    rows = [row(button(str(n))) for n in range(6)]

    assert (await wire.post({"content": "x", "components": rows[:5]}))[0] == 200
    assert (await wire.post({"content": "x", "components": rows}))[0] == 400


async def test_missing_fields_get_their_defaults(wire: WireBot) -> None:
    message = await posted(
        wire,
        {"type": 14},
        {"type": 9, "components": [text()], "accessory": {"type": 11, "media": {"url": "https://example.com/a.png"}}},
        {"type": 13, "file": {"url": "attachment://books.csv"}},
        {**row(select(3, options=OPTIONS)), "id": 2},
        files={"books.csv": b"a,b\n1,2\n"}, attachments=[{"id": 0, "filename": "books.csv"}],
    )  # fmt: skip

    separator, section, file, last = message["components"]
    assert (separator["id"], separator["spacing"], separator["divider"]) == (1, 1, True)
    assert section["accessory"]["spoiler"] is False
    assert (file["name"], file["size"], message["attachments"]) == ("books.csv", 8, [])
    assert last["id"] == 2
    assert (last["components"][0]["min_values"], last["components"][0]["max_values"]) == (1, 1)


async def test_chosen_values_arrive_resolved(wire: WireBot) -> None:
    role = await wire.make("/roles", name="Painters", permissions=[])
    chosen = {3: "red", 5: wire.ana.id, 6: role, 7: role, 8: wire.channel}
    parts = [
        row({**select(kind, **({"options": OPTIONS} if kind == 3 else {})), "custom_id": str(kind)}) for kind in chosen
    ]
    message = await posted(wire, *parts)

    found = {}
    for kind, value in chosen.items():
        found[kind] = wire.made(await wire.ana.choose(message, str(kind), value)).payload["data"]

    assert {kind: body["values"] for kind, body in found.items()} == {kind: [value] for kind, value in chosen.items()}
    resolved = {kind: sorted(body.get("resolved", {})) for kind, body in found.items()}
    assert resolved == {3: [], 5: ["members", "users"], 6: ["roles"], 7: ["roles"], 8: ["channels"]}


@pytest.mark.parametrize("values", [None, [], ["red", "green"], ["yellow"], ["red", "red"]])
async def test_an_invalid_choice_is_not_sent(wire: WireBot, values: list[str] | None) -> None:
    message = await posted(wire, row(select(3, options=OPTIONS)))

    with pytest.raises(Refused):
        await wire.control.post("/act/press", person=wire.ana.id, message=message["id"], custom_id="s", values=values)


async def test_a_disabled_or_invisible_button_cannot_be_pressed(
    wire: WireBot,
) -> None:
    bo, payload = await wire.control.person("Dan"), await wire.interaction()
    link = {"type": 2, "style": 5, "label": "There", "url": "https://example.com"}
    message = await posted(wire, row(button(disabled=True), link))
    answer = (await wire.answer(payload, 4, content="x", flags=EPHEMERAL, components=[row(button())]))[1]
    private = answer["resource"]["message"]

    for person, what in ((wire.ana, message), (bo, private)):
        with pytest.raises(Refused):
            await person.press(what, "Go")
    pressed = wire.made(await wire.ana.press(private, "Go")).payload
    assert pressed["message"]["flags"] & EPHEMERAL


async def test_a_press_by_any_person_updates_the_pressed_message(wire: WireBot) -> None:
    message, dan = await posted(wire, text("before"), row(button())), await wire.control.person("Dan")

    deferred, direct = [wire.made(await dan.press(message, "Go")).payload for _ in range(2)]
    first = await wire.answer(deferred, 6)
    await wire.call(
        "PATCH", wire.hook(deferred, "/messages/@original"), {"components": [text("by edit"), row(button())]}
    )
    by_edit = (await dan.messages("harbor"))[-1]
    second = await wire.answer(direct, 7, components=[text("by update")])
    slash = await wire.answer(await wire.interaction(), 7, content="x")

    assert (first[0], "resource" in first[1]) == (200, False)
    assert (by_edit["id"], by_edit["components"][0]["content"]) == (message["id"], "by edit")
    assert second[1]["resource"]["message"]["components"][0]["content"] == "by update"
    assert (slash[0], deferred["member"]["user"]["id"]) == (400, dan.id)


async def test_a_deferred_answer_takes_only_the_ephemeral_flag(wire: WireBot) -> None:
    assert (await wire.answer(await wire.interaction(), 5, flags=V2))[1]["code"] == 50035
    assert (await wire.answer(await wire.interaction(), 5, flags=EPHEMERAL))[0] == 200


async def test_a_tampered_client_sends_any_data_but_only_as_its_person(wire: WireBot) -> None:
    message = await posted(wire, text("before"), row(button()))

    forged = wire.made(
        await wire.ana.forge(wire.channel, 3, message, custom_id="w1:again:-1", component_type=2)
    ).payload

    assert forged["data"]["custom_id"] == "w1:again:-1"
    assert (forged["member"]["user"]["id"], forged["message"]["id"]) == (wire.ana.id, message["id"])
