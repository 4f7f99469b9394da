"""A model that Wan refuses to the account leaves the menu, alone and with one alert, and comes back by itself."""

from __future__ import annotations

from pathlib import Path

from sandbox.people import Person, text_of
from tests.end_to_end.conftest import says
from tests.end_to_end.outages import Outage, outage_in, shown

DRAFT, LETTERING = "z-image-turbo", "qwen-image-plus"
MODELS = f"wan2.6-image,wan2.6-t2i,{DRAFT},{LETTERING}"
PAUSE_S, HEARTBEAT_S = 10 * 60.0, 5.0
QUICK = 600.0  # nothing happens meanwhile


async def menu(person: Person, channel: str) -> list[str]:
    """Return the models that /imagine suggests for a prompt alone."""
    found = await person.suggestions(channel, "imagine", "model", prompt="a lighthouse")
    return [choice["value"] for choice in found]


async def menu_after_the_pause(house: Outage, person: Person, channel: str) -> list[str]:
    """Let the pause end, and return the menu once a heartbeat has read that."""
    await house.until(lambda: False, PAUSE_S, QUICK)
    for _ in range(90):
        if LETTERING in (found := await menu(person, channel)):
            break
        await house.until(lambda: False, HEARTBEAT_S)
    return found


def alerts(house: Outage) -> int:
    bodies = [message.body["content"] for message in house.sandbox.world.messages.values()]
    return sum(f"{LETTERING} is paused" in body and "Model.AccessDenied" in body for body in bodies)


async def test_a_model_that_is_not_activated_leaves_the_menu_until_it_is(tmp_path: Path, unused_tcp_port: int) -> None:
    async with outage_in(tmp_path, unused_tcp_port, MODELS=MODELS) as house:
        ana, channel = await house.new_person(), await house.channel()
        await house.control.post("/wan/settings", not_activated=LETTERING)
        before = await menu(ana, channel)

        await ana.slash(channel, "imagine", prompt="not activated", model=LETTERING)
        told = await ana.see(channel, says(f"isn't accepting Lettering ({LETTERING}) right now"), "why not")
        await ana.press(told, "Edit prompt")
        await ana.fill(words="by another model", model=[DRAFT])
        await shown(ana, channel, "by another model")
        meanwhile = await menu(ana, channel)
        await ana.slash(channel, "imagine", prompt="named all the same", model=LETTERING)
        refusal = await ana.see(channel, says(f"Lettering ({LETTERING}) is paused"), "the refusal")
        for prompt, model in (("of the default", None), ("a draft", DRAFT)):
            await ana.slash(channel, "imagine", prompt=prompt, **({} if model is None else {"model": model}))
            await shown(ana, channel, prompt)

        back = await menu_after_the_pause(house, ana, channel)
        await ana.slash(channel, "imagine", prompt="still not activated", model=LETTERING)
        await house.logged("job_failed", 2)
        again = await menu(ana, channel)
        await house.control.post("/wan/settings", not_activated="")
        await menu_after_the_pause(house, ana, channel)
        await ana.slash(channel, "imagine", prompt="activated", model=LETTERING)
        await shown(ana, channel, "activated")

        assert "Use Standard (wan2.6-t2i), or try again later." in text_of(refusal)
        assert before == back == ["default", DRAFT, LETTERING]
        assert meanwhile == again == ["default", DRAFT]
        assert alerts(house) == 1
