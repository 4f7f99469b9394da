"""Whoever hosts the bot sees how it stands, speaks to everybody, stops it, and is warned of its money."""

from __future__ import annotations

from pathlib import Path

from sandbox.people import texts
from sandbox.tour import private
from tests.end_to_end.conftest import House, house_in, is_result, says

GROUP = "operator"


async def test_only_the_operator_is_answered(house: House) -> None:
    ana, channel = await house.somebody(manager=True), await house.channel()

    for command in ("status", "pause", "resume", "announce"):
        refused = await private(ana, await ana.slash(channel, f"{GROUP} {command}"))
        assert "Only whoever hosts the bot" in texts(refused)


async def test_an_operator_looks_speaks_pauses_and_goes_on(tmp_path: Path) -> None:
    async with house_in(tmp_path, MEMBER_PICTURES_PER_DAY="9") as house:
        ana, host, channel = await house.somebody(), await house.somebody(), await house.channel()
        await house.bot.stop()
        house.bot.settings["OPERATOR_IDS"] = host.id
        await house.bot.start()

        status = texts(await private(host, await host.slash(channel, f"{GROUP} status")))
        await private(host, await host.slash(channel, f"{GROUP} announce", announcement="back at *noon*"))
        quota = texts(await private(ana, await ana.slash(channel, "quota")))
        await private(host, await host.slash(channel, f"{GROUP} pause"))
        refused = texts(await private(ana, await ana.slash(channel, "imagine", prompt="a lighthouse")))
        await private(host, await host.slash(channel, f"{GROUP} resume"))
        await ana.slash(channel, "imagine", prompt="a lighthouse")
        await ana.see(channel, is_result, "the picture")

    assert "0 waiting, 0 in flight" in status
    assert "US$0.00 of US$5.00 today" in status
    assert "1 process at work" in status
    assert "back at \\*noon\\*" in quota
    assert "operator has paused it. Nothing was counted." in refused


async def test_an_operator_is_warned_as_the_money_goes(tmp_path: Path) -> None:
    async with house_in(tmp_path, BUDGET_USD_PER_DAY="0.06") as house:
        ana, host, channel = await house.somebody(), await house.somebody(), await house.channel()
        await house.bot.stop()
        house.bot.settings["OPERATOR_IDS"] = host.id
        await house.bot.start()

        await ana.slash(channel, "imagine", prompt="a lighthouse")
        warned = await host.see("dm", says("of the money is gone"), "the warning", 25.0)

    assert "50 % of the money is gone: US$0.03 of US$0.06 today" in texts(warned)
