"""A result of a model that is no longer offered can be used again, without what only that model has."""

from __future__ import annotations

from pathlib import Path

from sandbox.people import Json, Person, components_of, images_of, private_answer, text_of
from tests.end_to_end.conftest import House, house_in, result

WAN_26 = "wan2.6-image, wan2.6-t2i"


async def fields_of_form(person: Person) -> dict[str, Json]:
    """Return the rows of the open form, by the id of the field."""
    state = await person.wait(lambda found: bool(found["modals"]), "a form")
    return {row["component"]["custom_id"]: row for row in state["modals"][-1]["components"]}


async def without_the_model(house: House) -> None:
    await house.bot.kill()
    house.bot.settings["MODELS"] = WAN_26
    await house.bot.start()


async def last_request(house: House, prompt: str) -> Json:
    bodies: list[Json] = [sent["body"] for sent in await house.control.record("wan") if prompt in str(sent.get("body"))]
    return bodies[-1]


def labels(message: Json) -> list[str]:
    return [part["label"] for part in components_of(message) if part["type"] == 2]


async def test_a_set_and_a_feature_of_a_model_that_is_switched_off_are_used_again_without_it(tmp_path: Path) -> None:
    async with house_in(tmp_path, MODELS=f"{WAN_26}, wan2.7-image-pro") as own:
        await own.finish_images()
        ana, channel = await own.new_person(), await own.channel()
        await own.control.post("/wan/settings", set_images=3)
        await ana.slash(channel, "imagine", prompt="three mills", set=3)
        a_set = await ana.see(channel, lambda m: len(images_of(m)) == 3, "the set")
        await ana.slash(channel, "imagine", prompt="a rich mill", quality="4k", palette="red, blue, teal")
        rich = await result(ana, channel, "a rich mill")
        await without_the_model(own)

        refused_set = await private_answer(ana, await ana.press(a_set, "Generate again"))
        await ana.press(refused_set, "Edit prompt")
        set_form = await fields_of_form(ana)
        await ana.fill(words="one mill")
        one = await result(ana, channel, "one mill")
        refused_rich = await private_answer(ana, await ana.press(rich, "Generate again"))
        await ana.press(refused_rich, "Edit prompt")
        rich_form = await fields_of_form(ana)
        await ana.fill(words="a plain mill")
        await result(ana, channel, "a plain mill")

        for refused in (refused_set, refused_rich):
            assert "It didn't use your quota. Use Edit prompt to send it without that." in text_of(refused)
            assert labels(refused) == ["Edit prompt"]
        assert set_form["words"]["description"] == "Without an image set: no model here has that now"
        assert rich_form["words"]["description"] == "Without 4K, a palette: no model here has that now"
        assert "enable_sequential" not in (await last_request(own, "one mill"))["parameters"]
        assert len(images_of(one)) == 3
        assert "color_palette" not in (await last_request(own, "a plain mill"))["parameters"]


async def test_a_button_for_a_model_that_is_switched_off_leads_to_a_request_that_can_be_sent(tmp_path: Path) -> None:
    async with house_in(tmp_path, MODELS=f"{WAN_26}, z-image-turbo, wan2.7-image-pro") as own:
        await own.finish_images()
        ana, channel = await own.new_person(), await own.channel()
        asked = await ana.slash(channel, "imagine", prompt="a vast mill", model="z-image-turbo", quality="4k")
        vast = await private_answer(ana, asked)
        asked = await ana.slash(channel, "imagine", prompt="mills on https://example.org/a.png", set=9)
        mills = await private_answer(ana, asked)
        await without_the_model(own)

        await ana.press(vast, "Use the Detailed model")
        vast_form = await fields_of_form(ana)
        await ana.fill()
        await result(ana, channel, "a vast mill")
        await ana.press(mills, "Edit prompt")
        mills_form = await fields_of_form(ana)
        await ana.fill(words="two mills", count=["2"])
        two = await result(ana, channel, "two mills")

        assert vast_form["words"]["description"] == "Without 4K: no model here has that now"
        assert mills_form["words"]["description"] == "Without an image set: no model here has that now"
        assert len(images_of(two)) == 2
