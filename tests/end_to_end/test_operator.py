"""The operator sees the bot's status, announces, stops the bot, and is warned of its budget."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.people import Json, Person, Refused, private_answer, text_of
from tests.end_to_end.conftest import House, house_in, is_result, says

GROUP = "operator"
COMMANDS: dict[str, dict[str, str]] = {
    "status": {}, "pause": {}, "resume": {}, "announce": {}, "block": {"server": "123456789012345678"},
    "unblock": {"server": "123456789012345678"}, "servers": {}, "bill": {}, "share": {"server": "123456789012345678"},
}  # fmt: skip


async def offer(house: House, *people: Person) -> None:
    """Permit a command as an administrator does in the server's settings, under Integrations."""
    rules = [{"type": "user", "id": person.id, "permission": True} for person in people]
    await house.control.post("/commands/permissions", command=GROUP, rules=rules)


async def hosted_by(house: House, host: Person) -> None:
    await house.bot.stop()
    house.bot.settings["OPERATOR_IDS"] = host.id
    await house.bot.start()
    await offer(house, host)


async def operator(host: Person, channel: str, command: str, **options: Any) -> str:
    return text_of(await private_answer(host, await host.slash(channel, f"{GROUP} {command}", **options)))


@pytest.mark.parametrize("command", COMMANDS)
async def test_only_members_whom_an_administrator_chose_are_offered_the_operators_commands(
    house: House, command: str
) -> None:
    bo, boss, channel = await house.new_person(), await house.new_person(manager=True), await house.channel()

    for person in (bo, boss):
        for place in (channel, "dm"):
            with pytest.raises(Refused):
                await person.slash(place, f"{GROUP} {command}", **COMMANDS[command])


async def test_only_the_operator_is_answered(house: House) -> None:
    ana, channel = await house.new_person(manager=True), await house.channel()
    await offer(house, ana)

    for command, options in COMMANDS.items():
        assert "Only the bot's operator" in await operator(ana, channel, command, **options)


async def test_an_operator_looks_speaks_pauses_and_goes_on(tmp_path: Path) -> None:
    async with house_in(tmp_path, MEMBER_IMAGES_PER_DAY="9") as house:
        ana, host, channel = await house.new_person(), await house.new_person(), await house.channel()
        await hosted_by(house, host)

        status = text_of(await private_answer(host, await host.slash(channel, f"{GROUP} status")))
        await private_answer(host, await host.slash(channel, f"{GROUP} announce", announcement="back at *noon*"))
        quota = text_of(await private_answer(ana, await ana.slash(channel, "quota")))
        await private_answer(host, await host.slash(channel, f"{GROUP} pause"))
        refused = text_of(await private_answer(ana, await ana.slash(channel, "imagine", prompt="a lighthouse")))
        await private_answer(host, await host.slash(channel, f"{GROUP} resume"))
        await ana.slash(channel, "imagine", prompt="a lighthouse")
        await ana.see(channel, is_result, "the image")

    assert "0 in queue, 0 generating" in status
    assert "US$0.00 of US$5.00 today" in status
    assert "1 process running" in status
    assert "back at \\*noon\\*" in quota
    assert "operator has paused it. It didn't use your quota." in refused


async def test_an_operator_is_warned_as_the_money_goes(tmp_path: Path) -> None:
    async with house_in(tmp_path, BUDGET_USD_PER_DAY="0.06") as house:
        ana, host, channel = await house.new_person(), await house.new_person(), await house.channel()
        await hosted_by(house, host)

        await ana.slash(channel, "imagine", prompt="a lighthouse")
        warned = await host.see("dm", says("of the budget is used"), "the warning")

    assert "50% of the budget is used: US$0.03 of US$0.06 today" in text_of(warned)


Way = Callable[[House, Person, str, Json], Awaitable[str]]


@pytest.fixture(scope="module")
async def hosted(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[House, Person]]:
    """Run a house, and return it with its operator."""
    async with house_in(tmp_path_factory.mktemp("hosted"), MEMBER_IMAGES_PER_DAY="100") as house:
        host = await house.new_person()
        await hosted_by(house, host)
        yield house, host


async def by_slash(house: House, ana: Person, channel: str, shown: Json) -> str:
    return text_of(await private_answer(ana, await ana.slash(channel, "imagine", prompt="a boat")))


async def by_story(house: House, ana: Person, channel: str, shown: Json) -> str:
    return text_of(await private_answer(ana, await ana.slash(channel, "story", prompt="a boat's day")))


async def by_menu(house: House, ana: Person, channel: str, shown: Json) -> str:
    await ana.menu("Edit image", shown)
    return text_of(await private_answer(ana, await ana.fill(words="with a boat")))


async def by_again(house: House, ana: Person, channel: str, shown: Json) -> str:
    return text_of(await private_answer(ana, await ana.press(shown, "Generate again")))


async def by_change(house: House, ana: Person, channel: str, shown: Json) -> str:
    await ana.press(shown, "Edit prompt")
    return text_of(await private_answer(ana, await ana.fill(words="a boat")))


async def by_mention(house: House, ana: Person, channel: str, shown: Json) -> str:
    await ana.say(channel, f"{house.mention} a boat")
    return text_of(await ana.see("dm", says("has blocked"), "the refusal, directly"))


WAYS: list[Way] = [by_slash, by_story, by_menu, by_again, by_change, by_mention]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("kind", ["person", "server"])
async def test_who_is_blocked_is_refused_each_way_in_private_and_pays_nothing(
    hosted: tuple[House, Person], way: Way, kind: str
) -> None:
    house, host = hosted
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    await ana.slash(channel, "imagine", prompt="a lighthouse")
    shown = await ana.see(channel, is_result, "the image")
    billed = await house.control.bill()
    whom = {"person": ana.id} if kind == "person" else {"server": house.sandbox.world.server_id}

    blocked = await operator(host, channel, "block", **whom)
    try:
        refused = await way(house, ana, channel, shown)
        status = await operator(host, channel, "status")
    finally:
        unblocked = await operator(host, channel, "unblock", **whom)
    seen = [m for m in await bo.messages(channel) if m["author"]["id"] == house.sandbox.world.bot_id]

    assert f"has blocked {'you' if kind == 'person' else 'this server'} from using the bot" in refused
    assert "Blocked everywhere" in blocked
    assert "Blocked: 1" in status
    assert next(iter(whom.values())) in status
    assert "Unblocked" in unblocked
    assert [m["id"] for m in seen] == [shown["id"]]
    assert await house.control.bill() == billed


async def test_an_unblocked_person_is_served_again_and_a_wrong_id_changes_nothing(
    hosted: tuple[House, Person],
) -> None:
    house, host = hosted
    ana, channel = await house.new_person(), await house.channel()

    wrong = [await operator(host, channel, "block", **one) for one in ({}, {"server": "here"}, {"server": "1" * 20})]
    await operator(host, channel, "block", person=ana.id)
    again = await operator(host, channel, "block", person=ana.id)
    await operator(host, channel, "unblock", person=ana.id)
    too_late = await operator(host, channel, "unblock", person=ana.id)
    await ana.slash(channel, "imagine", prompt="a lighthouse")
    await ana.see(channel, is_result, "the image")

    assert all("Nothing changed" in text for text in wrong)
    assert again == f"No change: <@{ana.id}> was already blocked."
    assert too_late == f"No change: <@{ana.id}> wasn't blocked."
