"""The local Discord refuses what the real one refuses, by the same codes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.conftest import PNG, Desk

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
async def test_a_message_that_breaks_a_rule_is_refused_by_its_code(
    desk: Desk, body: dict[str, Any], code: int, tree: str
) -> None:
    found, errors = await desk.refused(body)

    assert found == code
    # Where Discord's own description is at hand, it speaks first, and in its own words.
    assert tree in errors or '"DESCRIPTION"' in errors


async def test_a_wrong_token_is_unauthorized(desk: Desk) -> None:
    async with desk.session.get(f"{desk.box.rest}/users/@me", headers={"Authorization": "Bot x"}) as answer:
        assert answer.status == 401
        assert answer.headers["Content-Type"] == "application/json"


async def test_an_unknown_route_is_named(desk: Desk) -> None:
    status, answer = await desk.call("GET", "/stage-instances/1")

    assert status == 404
    assert "/stage-instances/1" in answer["message"]


async def test_files_of_components_are_not_attachments(desk: Desk) -> None:
    body = {"flags": V2, "components": [gallery("attachment://a.png")], "attachments": [{"id": 0, "filename": "a.png"}]}
    _, message = await desk.post(body, {"a.png": PNG})

    media = message["components"][0]["items"][0]["media"]
    assert message["attachments"] == []
    assert media["attachment_id"]
    assert media["url"].startswith(desk.box.cdn)


async def test_an_edit_keeps_only_the_files_that_are_listed(desk: Desk) -> None:
    _, message = await desk.post({"content": "two"}, {"a.png": PNG, "b.png": PNG})
    first = message["attachments"][0]

    _, edited = await desk.call(
        "PATCH", f"/channels/{desk.channel}/messages/{message['id']}", {"attachments": [{"id": first["id"]}]}
    )

    assert [attachment["filename"] for attachment in edited["attachments"]] == ["a.png"]


async def test_a_file_over_the_limit_is_too_large(desk: Desk) -> None:
    status, answer = await desk.post({"content": "x"}, {"a.png": bytes(10 * 1024 * 1024 + 1)})

    assert (status, answer["code"]) == (413, 40005)


async def test_a_file_behind_an_old_link_is_gone(desk: Desk) -> None:
    _, message = await desk.post({"content": "x"}, {"a.png": PNG})
    url = message["attachments"][0]["url"]
    async with desk.session.get(url) as fresh:
        assert await fresh.read() == PNG

    await desk.control.advance(24 * 3600 + 1)

    async with desk.session.get(url) as old, desk.session.get(url.split("?")[0]) as unsigned:
        assert (old.status, unsigned.status) == (404, 404)


@pytest.mark.parametrize(("denied", "code"), [("SEND_MESSAGES", 50013), ("VIEW_CHANNEL", 50001)])
async def test_what_the_bot_is_denied_it_may_not_do(desk: Desk, denied: str, code: int) -> None:
    await desk.control.post("/permissions", channel=desk.channel, deny=[denied])

    assert (await desk.post({"content": "x"}))[1]["code"] == code


async def test_the_sixth_message_in_five_seconds_is_limited(desk: Desk) -> None:
    statuses = [(await desk.post({"content": str(number)}))[0] for number in range(6)]

    assert statuses == [200] * 5 + [429]
    await desk.control.advance(5)
    assert (await desk.post({"content": "again"}))[0] == 200


async def test_an_interaction_is_answered_once_and_within_three_seconds(desk: Desk) -> None:
    first, late = await desk.interaction(), await desk.interaction()

    answered = await desk.call("POST", desk.callback(first), {"type": 5})
    twice = await desk.error("POST", desk.callback(first), {"type": 5})
    await desk.control.advance(3.1)
    unknown = await desk.error("POST", desk.callback(late), {"type": 5})

    assert answered[1]["interaction"]["response_message_loading"] is True
    assert twice == (400, 40060)
    assert unknown == (404, 10062)


async def test_a_token_dies_after_fifteen_minutes(desk: Desk) -> None:
    payload = await desk.interaction()
    await desk.call("POST", desk.callback(payload), {"type": 5})
    original = desk.hook(payload, "/messages/@original")
    assert (await desk.call("PATCH", original, {"content": "in time"}))[0] == 200

    await desk.control.advance(15 * 60)

    assert await desk.error("PATCH", original, {"content": "late"}) == (401, 50027)
    assert await desk.error("PATCH", f"/webhooks/{payload['application_id']}/x/messages/@original", {}) == (404, 10015)


async def test_what_is_private_is_seen_by_one_person_and_by_no_route_of_the_bots(desk: Desk) -> None:
    payload, bo = await desk.interaction(), await desk.control.person("Dan")
    body = {"type": 4, "data": {"content": "psst", "flags": EPHEMERAL}}
    _, answer = await desk.call("POST", desk.callback(payload), body)
    message_id = answer["interaction"]["response_message_id"]

    assert message_id in json.dumps(await desk.ana.state())
    assert message_id not in json.dumps(await bo.state())
    assert await desk.error("GET", f"/channels/{desk.channel}/messages/{message_id}") == (404, 10008)


async def test_a_nonce_is_enforced(desk: Desk) -> None:
    body = {"content": "once", "nonce": "n", "enforce_nonce": True}
    _, first = await desk.post(body)
    _, second = await desk.post(body)

    assert first["id"] == second["id"]


async def test_somebody_elses_message_is_not_the_bots_to_edit(desk: Desk) -> None:
    message_id = await desk.ana.say(desk.channel, "mine")

    assert await desk.error("PATCH", f"/channels/{desk.channel}/messages/{message_id}", {"content": "yours"}) == (
        403,
        50005,
    )


async def test_without_the_intent_other_peoples_words_are_empty(desk: Desk) -> None:
    await desk.control.post("/discord/settings", message_content=False)
    plain = await desk.ana.say(desk.channel, "secret words")
    mention = await desk.ana.say(desk.channel, f"<@{desk.box.world.bot_id}> for you")

    _, first = await desk.call("GET", f"/channels/{desk.channel}/messages/{plain}")
    _, second = await desk.call("GET", f"/channels/{desk.channel}/messages/{mention}")

    assert first["content"] == ""
    assert "for you" in second["content"]


async def test_an_answer_into_a_channel_that_was_deleted_meets_an_unknown_channel(desk: Desk) -> None:
    deferred, silent = await desk.interaction(), await desk.interaction()
    await desk.answer(deferred, 5)

    await desk.control.post("/channels/delete", channel=desk.channel)

    assert await desk.error("POST", desk.hook(deferred), {"content": "late"}) == (404, 10003)
    assert await desk.error("POST", desk.callback(silent), {"type": 4, "data": {"content": "late"}}) == (404, 10003)


async def test_a_form_that_nobody_opened_is_answered_as_discord_describes(desk: Desk) -> None:
    forged = await desk.ana.forge(desk.channel, 5, custom_id="made up", components=[])

    status, answer = await desk.answer(desk.made(forged).payload, 4, content="no")

    assert status == 200
    assert "triggering_interaction_metadata" in answer["resource"]["message"]["interaction_metadata"]


async def test_a_select_of_a_message_is_never_told_to_be_required(desk: Desk) -> None:
    options = [{"label": "one", "value": "1"}]
    select = {"type": 3, "custom_id": "s", "options": options, "required": False}

    _, answer = await desk.post({"components": [{"type": 1, "components": [select]}]})

    assert "required" not in answer["components"][0]["components"][0]
