"""What a server's managers decide in Discord applies at once, is recorded, and only managers see it."""

from __future__ import annotations

import asyncio
import csv
import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from sandbox.people import Json, Person, Refused, WaitTimeout, components_of, images_of, private_answer, text_of
from tests.end_to_end.conftest import House, house_in, is_result, says
from tests.panel import decided, form_opened, opened, pressed


async def studio(person: Person, place: str, command: str, **options: Any) -> str:
    return text_of(await private_answer(person, await person.slash(place, f"studio {command}", **options)))


async def imagine(person: Person, channel: str, prompt: str = "a lighthouse", **options: Any) -> Json:
    await person.slash(channel, "imagine", prompt=prompt, **options)
    return await person.see(channel, lambda m: is_result(m) and prompt in text_of(m), "the image")


async def refusal(person: Person, channel: str, prompt: str = "a lighthouse") -> str:
    return text_of(await private_answer(person, await person.slash(channel, "imagine", prompt=prompt)))


async def id_of(person: Person, channel: str) -> str:
    return str(next(c["id"] for c in (await person.state())["channels"] if c["name"] == channel))


def delivered(house: House) -> int:
    """Return how many deliveries are recorded."""
    return house.bot.log.read_text(encoding="utf-8").count("job_delivered")


async def settled(house: House, deliveries: int = 1) -> None:
    """Wait until so many deliveries are recorded."""
    for _ in range(900):
        if delivered(house) >= deliveries:
            return
        await asyncio.sleep(0.05)
    raise WaitTimeout("the quota of an image was never settled")


async def test_managers_decide_and_members_do_not(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        ana, boss, channel = await house.new_person(), await house.new_person(manager=True), await house.channel()

        with pytest.raises(Refused):
            await ana.slash(channel, "studio settings")
        paused = text_of(await decided(boss, channel, paused=True))
        refused = await refusal(ana, channel)
        await decided(boss, channel, paused=False)
        await imagine(ana, channel)

    assert f"paused: no → yes · <@{boss.id}>" in paused
    assert "A manager has paused the bot in this server. It didn't use your quota." in refused


async def test_limits_tiers_and_grants_hold_at_once(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        ana, boss, channel = await house.new_person(), await house.new_person(manager=True), await house.channel()

        changed = text_of(await decided(boss, channel, member_images_per_day=1))
        await imagine(ana, channel, "the only one")
        empty = await refusal(ana, channel)
        granted = await studio(boss, channel, "grant", member=ana.id, images=2)
        await imagine(ana, channel, "an extra one")
        quota = text_of(await private_answer(ana, await ana.slash(channel, "quota")))

    assert "images per member per day: operator's limit → 1" in changed
    assert "You've used all 1 of your images in this server today" in empty
    assert f"<@{ana.id}> has 2 extra images this month" in granted
    assert "1 of 2 left" in quota


async def test_a_member_a_channel_and_a_word_can_be_shut_out(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        ana, boss = await house.new_person(), await house.new_person(manager=True)
        channel, studio_room = await house.channel(), await house.channel()

        await decided(boss, channel, blocked_words=["Dragon"])
        word = await refusal(ana, channel, "a d r a g o n on a roof")
        room_id = await id_of(boss, studio_room)
        await decided(boss, channel, channels=[room_id])
        elsewhere = await refusal(ana, channel)
        await imagine(ana, studio_room)
        await studio(boss, channel, "block", member=ana.id)
        blocked = await refusal(ana, studio_room)

    assert "this server doesn't allow" in word
    assert f"only work in <#{room_id}>" in elsewhere
    assert "has blocked you from using the bot in this server" in blocked


async def test_images_are_hidden_and_logged_where_managers_say_so(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        ana, boss = await house.new_person(), await house.new_person(manager=True)
        channel, log = await house.channel(), await house.channel()

        await decided(boss, channel, spoiler=True, log_channel_id=await id_of(boss, log))
        result = await imagine(ana, channel)
        logged = await boss.see(log, says(f"/{result['id']})"), "the line in the log")
        await ana.slash(channel, "story", prompt="two boats", images=1)
        story = await ana.see(channel, lambda m: is_result(m) and "two boats" in text_of(m), "the story")
        await boss.see(log, says(f"/{story['id']})"), "the story's line in the log")

    items = [
        item
        for shown in (result, story)
        for part in components_of(shown)
        if part["type"] == 12
        for item in part["items"]
    ]
    assert [item["spoiler"] for item in items] == [True, True]
    assert f"<@{ana.id}>" in text_of(logged)


def days_of(usage: Json) -> str:
    """Return the id of the select below a card of usage."""
    return str(next(part["custom_id"] for part in components_of(usage) if ":usage:days:" in part.get("custom_id", "")))


async def test_usage_is_a_chart_by_model_with_text_and_a_table_and_can_show_money(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        ana, boss, channel = await house.new_person(), await house.new_person(manager=True), await house.channel()
        await imagine(ana, channel, count=2)
        await settled(house)

        shown = await private_answer(boss, await boss.slash(channel, "studio usage", days=7))
        chart = next(item for part in components_of(shown) if part["type"] == 12 for item in part["items"])
        table = next(part["file"] for part in components_of(shown) if part["type"] == 13)
        rows = list(csv.reader(io.StringIO((await house.control.file(table["attachment_id"])).decode())))

        await boss.press(shown, "Light chart")
        light = await boss.see(
            channel, lambda m: m["id"] == shown["id"] and "Dark chart" in text_of(m), "the light one"
        )
        file = await house.control.file(images_of(light)[0]["attachment_id"])
        await boss.choose(light, days_of(light), "90")
        longer = await boss.see(channel, lambda m: m["id"] == shown["id"] and "in 90 days" in text_of(m), "90 days")
        await house.bot.kill()
        await house.bot.start()
        await boss.press(longer, "Show spending")
        spent = await boss.see(channel, lambda m: m["id"] == shown["id"] and "US$" in text_of(m), "the spending")

    assert Image.open(io.BytesIO(file)).convert("RGB").getpixel((2, 2)) == (255, 255, 255)
    assert "**US$0.06 in 90 days**" in text_of(spent)
    assert "1. `wan2.6-t2i` US$0.06, 2 images" in text_of(spent)
    assert "2 images in 7 days" in text_of(shown)
    assert f"1. <@{ana.id}> 2" in text_of(shown)
    assert chart["description"].endswith(": 2")
    assert rows[0] == ["day", "user_id", "model", "images", "quota_images", "usd"]
    assert rows[1][1:] == [ana.id, "wan2.6-t2i", "2", "2", "0.06"]
    assert images_of(shown)


COMMANDS: dict[str, dict[str, Any]] = {"settings": {}, "usage": {}}


async def test_a_command_offered_to_a_member_still_needs_manage_server(house: House) -> None:
    ana, boss, channel = await house.new_person(), await house.new_person(manager=True), await house.channel()
    rules = [{"type": "user", "id": ana.id, "permission": True}]
    await house.control.post("/commands/permissions", command="studio", rules=rules)

    try:
        refused = {command: await studio(ana, channel, command, **options) for command, options in COMMANDS.items()}
        for command, options in (("block", {"member": ana.id}), ("grant", {"member": ana.id, "images": 3})):
            refused[command] = await studio(ana, channel, command, **options)
    finally:
        await house.control.post("/commands/permissions", command="studio", rules=[])
    held = await studio(boss, channel, "settings")

    assert {text for text in refused.values() if "Only members who can manage this server" not in text} == set()
    assert "**paused**: no" in held
    assert "**blocked members**: none" in held
    assert f"<@{ana.id}>" not in held


async def test_a_forged_choice_of_usage_and_a_press_of_a_former_manager_are_refused(house: House) -> None:
    boss, channel = await house.new_person(manager=True), await house.channel()
    shown = await private_answer(boss, await boss.slash(channel, "studio usage", days=2))

    async def chosen(value: str) -> str:
        about = {"custom_id": days_of(shown), "component_type": 3, "values": [value]}
        return text_of(await private_answer(boss, await boss.forge(channel, 3, shown, **about)))

    assert "the limit is 90" in await chosen("91")
    assert "the limit is 90" in await chosen("drop table")
    world = house.sandbox.world
    world.servers[world.server_id].members[boss.id].roles.clear()
    assert "Only members who can manage this server" in await chosen("7")


async def test_an_open_panel_works_after_a_restart_of_the_bot(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        boss, channel = await house.new_person(manager=True), await house.channel()
        message = await opened(boss, channel, "safety")
        await form_opened(boss, message, "words")

        await house.bot.kill()
        await house.bot.start()
        message = await private_answer(boss, await boss.fill(words="wyvern"))
        message = await pressed(boss, message, "on", "spoiler")
        undone = text_of(await pressed(boss, message, "undo", "spoiler"))

    assert "**blocked words**: ||wyvern||" in undone
    assert "**images as spoilers**: no" in undone


async def test_a_limit_above_the_operators_is_shown_as_what_holds(tmp_path: Path) -> None:
    ceilings = {"MEMBER_IMAGES_PER_DAY": "20", "PERSON_IMAGES_PER_DAY": "30", "SERVER_IMAGES_PER_MONTH": "400"}
    async with house_in(tmp_path, **ceilings) as house:
        ana, boss, channel = await house.new_person(), await house.new_person(manager=True), await house.channel()
        role = await house.control.post("/roles", name="Friends", permissions=[])
        before = text_of(await opened(boss, channel))

        limits = {"member_images_per_day": 500, "images_per_month": 300, "tiers": {role["id"]: 200}}
        changed = text_of(await decided(boss, channel, **limits))
        granted = await studio(boss, channel, "grant", member=ana.id, images=100)

    assert "**images per member per day**: you: not set, operator: 20 → 20" in before
    assert "operator's limit → 20 (set to 500, but the operator's limit is lower)" in changed
    assert "operator's limit → 300 ·" in changed
    assert "20 (set to 200, but the operator's limit is lower) per day" in changed
    assert "Both together can't exceed the operator's limit of 30 per day." in granted
    assert "**images per member per day**: you: 500, operator: 20 → 20" in changed
    assert "**images for this server per month**: you: 300, operator: 400 → 300" in changed
