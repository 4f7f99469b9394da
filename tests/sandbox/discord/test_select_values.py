"""Components and modals of every type are checked, filled in and chosen from as in Discord."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.people import File, Refused
from tests.sandbox.conftest import WireBot

V2, EPHEMERAL = 1 << 15, 1 << 6
OPTIONS = [{"label": name, "value": name} for name in ("red", "green", "blue")]


def row(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(parts)}


def button(custom_id: str = "b", **more: Any) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "Go", "custom_id": custom_id, **more}


def select(kind: int, **more: Any) -> dict[str, Any]:
    return {"type": kind, "custom_id": "s", **more}


def text(content: str = "text") -> dict[str, Any]:
    return {"type": 10, "content": content}


def label(field: dict[str, Any], title: str = "Field") -> dict[str, Any]:
    return {"type": 18, "label": title, "component": {"custom_id": "f", **field}}


async def posted(wire: WireBot, *parts: dict[str, Any], files: dict[str, bytes] | None = None, **more: Any) -> Any:
    status, message = await wire.post({"flags": V2, "components": list(parts), **more}, files)
    assert status == 200, message
    return message


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
    by_edit = (await dan.messages("harbour"))[-1]
    second = await wire.answer(direct, 7, components=[text("by update")])
    slash = await wire.answer(await wire.interaction(), 7, content="x")

    assert (first[0], "resource" in first[1]) == (200, False)
    assert (by_edit["id"], by_edit["components"][0]["content"]) == (message["id"], "by edit")
    assert second[1]["resource"]["message"]["components"][0]["content"] == "by update"
    assert (slash[0], deferred["member"]["user"]["id"]) == (400, dan.id)


FIELDS: list[tuple[dict[str, Any], Any, dict[str, Any]]] = [
    ({"type": 4, "style": 1}, "words", {"value": "words"}),
    ({"type": 4, "style": 2, "value": "prefilled"}, None, {"value": "prefilled"}),
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
