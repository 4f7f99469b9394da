"""The local Discord refuses what Discord refuses, with the same codes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.conftest import PNG, WireBot

V2, EPHEMERAL = 1 << 15, 1 << 6


def text(content: str) -> dict[str, Any]:
    return {"type": 10, "content": content}


def gallery(*urls: str) -> dict[str, Any]:
    return {"type": 12, "items": [{"media": {"url": url}} for url in urls]}


@pytest.mark.parametrize(
    ("body", "code", "tree"),
    [
        ({}, 50006, ""),
        ({"content": "x" * 2001}, 50035, "BASE_TYPE_MAX_LENGTH"),
        ({"content": "x", "flags": V2, "components": [text("y")]}, 50035, "LEGACY_FIELDS"),
        ({"components": [text("y")]}, 50035, "UNION_TYPE_CHOICES"),
        ({"flags": V2, "components": [text("y" * 2001), text("z" * 2000)]}, 50035, "in total"),
        ({"flags": V2, "components": [text("y")] * 41}, 50035, "40 or fewer in total"),
        ({"flags": V2, "components": [gallery(*["https://x/1.png"] * 11)]}, 50035, "between 1 and 10"),
        ({"flags": V2, "components": [gallery("attachment://none.png")]}, 50035, "REFERENCED_ATTACHMENT_NOT_FOUND"),
        (
            {"components": [{"type": 1, "components": [{"type": 2, "style": 2, "label": "a", "custom_id": "a"}] * 2}]},
            50035,
            "COMPONENT_CUSTOM_ID_DUPLICATED",
        ),
    ],
)
async def test_a_message_that_breaks_a_rule_is_refused_with_its_code(
    wire: WireBot, body: dict[str, Any], code: int, tree: str
) -> None:
    found, errors = await wire.refused(body)

    assert found == code
    # With Discord's description at hand, its check runs first and words the error.
    assert tree in errors or '"DESCRIPTION"' in errors


async def test_a_wrong_token_is_unauthorized(wire: WireBot) -> None:
    async with wire.session.get(f"{wire.box.rest}/users/@me", headers={"Authorization": "Bot x"}) as answer:
        assert answer.status == 401
        assert answer.headers["Content-Type"] == "application/json"


async def test_an_unknown_route_is_named(wire: WireBot) -> None:
    status, answer = await wire.call("GET", "/stage-instances/1")

    assert status == 404
    assert "/stage-instances/1" in answer["message"]


async def test_files_of_components_are_not_attachments(wire: WireBot) -> None:
    body = {"flags": V2, "components": [gallery("attachment://a.png")], "attachments": [{"id": 0, "filename": "a.png"}]}
    _, message = await wire.post(body, {"a.png": PNG})

    media = message["components"][0]["items"][0]["media"]
    assert message["attachments"] == []
    assert media["attachment_id"]
    assert media["url"].startswith(wire.box.cdn)


async def test_an_edit_keeps_only_the_files_that_are_listed(wire: WireBot) -> None:
    _, message = await wire.post({"content": "two"}, {"a.png": PNG, "b.png": PNG})
    first = message["attachments"][0]

    _, edited = await wire.call(
        "PATCH", f"/channels/{wire.channel}/messages/{message['id']}", {"attachments": [{"id": first["id"]}]}
    )

    assert [attachment["filename"] for attachment in edited["attachments"]] == ["a.png"]


async def test_a_file_over_the_limit_is_too_large(wire: WireBot) -> None:
    status, answer = await wire.post({"content": "x"}, {"a.png": bytes(10 * 1024 * 1024 + 1)})

    assert (status, answer["code"]) == (413, 40005)


async def test_an_expired_or_unsigned_link_is_not_found(wire: WireBot) -> None:
    _, message = await wire.post({"content": "x"}, {"a.png": PNG})
    url = message["attachments"][0]["url"]
    async with wire.session.get(url) as fresh:
        assert await fresh.read() == PNG

    await wire.control.advance(24 * 3600 + 1)

    async with wire.session.get(url) as old, wire.session.get(url.split("?")[0]) as unsigned:
        assert (old.status, unsigned.status) == (404, 404)


@pytest.mark.parametrize(("denied", "code"), [("SEND_MESSAGES", 50013), ("VIEW_CHANNEL", 50001)])
async def test_a_denied_permission_is_missing(wire: WireBot, denied: str, code: int) -> None:
    await wire.control.post("/permissions", channel=wire.channel, deny=[denied])

    assert (await wire.post({"content": "x"}))[1]["code"] == code


async def test_the_sixth_message_in_five_seconds_is_rate_limited(wire: WireBot) -> None:
    statuses = [(await wire.post({"content": str(number)}))[0] for number in range(6)]

    assert statuses == [200] * 5 + [429]
    await wire.control.advance(5)
    assert (await wire.post({"content": "again"}))[0] == 200


async def test_an_interaction_is_answered_once_and_within_three_seconds(wire: WireBot) -> None:
    first, late = await wire.interaction(), await wire.interaction()

    answered = await wire.call("POST", wire.callback(first), {"type": 5})
    twice = await wire.error("POST", wire.callback(first), {"type": 5})
    await wire.control.advance(3.1)
    unknown = await wire.error("POST", wire.callback(late), {"type": 5})

    assert answered[1]["interaction"]["response_message_loading"] is True
    assert twice == (400, 40060)
    assert unknown == (404, 10062)


async def test_an_interactions_token_expires_after_fifteen_minutes(wire: WireBot) -> None:
    payload = await wire.interaction()
    await wire.call("POST", wire.callback(payload), {"type": 5})
    original = wire.hook(payload, "/messages/@original")
    assert (await wire.call("PATCH", original, {"content": "in time"}))[0] == 200

    await wire.control.advance(15 * 60)

    assert await wire.error("PATCH", original, {"content": "late"}) == (401, 50027)
    assert await wire.error("PATCH", f"/webhooks/{payload['application_id']}/x/messages/@original", {}) == (404, 10015)


async def test_an_ephemeral_message_is_seen_by_one_person_and_hidden_from_the_bots_token(wire: WireBot) -> None:
    payload, bo = await wire.interaction(), await wire.control.person("Dan")
    body = {"type": 4, "data": {"content": "psst", "flags": EPHEMERAL}}
    _, answer = await wire.call("POST", wire.callback(payload), body)
    message_id = answer["interaction"]["response_message_id"]

    assert message_id in json.dumps(await wire.ana.state())
    assert message_id not in json.dumps(await bo.state())
    assert await wire.error("GET", f"/channels/{wire.channel}/messages/{message_id}") == (404, 10008)


async def test_a_nonce_is_enforced(wire: WireBot) -> None:
    body = {"content": "once", "nonce": "n", "enforce_nonce": True}
    _, first = await wire.post(body)
    _, second = await wire.post(body)

    assert first["id"] == second["id"]


async def test_the_bot_cannot_edit_another_authors_message(wire: WireBot) -> None:
    message_id = await wire.ana.say(wire.channel, "mine")

    assert await wire.error("PATCH", f"/channels/{wire.channel}/messages/{message_id}", {"content": "yours"}) == (
        403,
        50005,
    )


async def test_without_the_intent_other_authors_content_is_empty(wire: WireBot) -> None:
    await wire.control.post("/discord/settings", message_content=False)
    plain = await wire.ana.say(wire.channel, "secret words")
    mention = await wire.ana.say(wire.channel, f"<@{wire.box.world.bot_id}> for you")

    _, first = await wire.call("GET", f"/channels/{wire.channel}/messages/{plain}")
    _, second = await wire.call("GET", f"/channels/{wire.channel}/messages/{mention}")

    assert first["content"] == ""
    assert "for you" in second["content"]


async def test_an_answer_into_a_deleted_channel_gets_unknown_channel(wire: WireBot) -> None:
    deferred, silent = await wire.interaction(), await wire.interaction()
    await wire.answer(deferred, 5)

    await wire.control.post("/channels/delete", channel=wire.channel)

    assert await wire.error("POST", wire.hook(deferred), {"content": "late"}) == (404, 10003)
    assert await wire.error("POST", wire.callback(silent), {"type": 4, "data": {"content": "late"}}) == (404, 10003)


async def test_a_forged_modal_submission_is_answered_as_discord_describes(wire: WireBot) -> None:
    forged = await wire.ana.forge(wire.channel, 5, custom_id="made up", components=[])

    status, answer = await wire.answer(wire.made(forged).payload, 4, content="no")

    assert status == 200
    assert "triggering_interaction_metadata" in answer["resource"]["message"]["interaction_metadata"]


async def test_a_select_of_a_message_never_carries_required(wire: WireBot) -> None:
    options = [{"label": "one", "value": "1"}]
    select = {"type": 3, "custom_id": "s", "options": options, "required": False}

    _, answer = await wire.post({"components": [{"type": 1, "components": [select]}]})

    assert "required" not in answer["components"][0]["components"][0]
