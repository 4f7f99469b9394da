"""Members choose what an image is for, by every way in, and a request that a model does not take loses nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.people import EPHEMERAL, File, Json, Person, Refused, components_of, private_answer, text_of
from tests.end_to_end.conftest import House, house_in, is_result, photo, result, says
from tests.end_to_end.test_main_job import sent

WAN_26 = "wan2.6-image,wan2.6-t2i"
MODELS = f"{WAN_26},z-image-turbo,qwen-image-edit-plus,wan2.7-image-pro"


@pytest.fixture(scope="module")
async def choices(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Return a house whose operator offers five models."""
    async with house_in(tmp_path_factory.mktemp("choices"), MODELS=MODELS, MEMBER_IMAGES_PER_DAY="100") as house:
        await house.finish_images()
        yield house


async def models_asked(house: House, prompt: str) -> list[tuple[str, int]]:
    """Return the model and the number of input images of each request to the local Wan with *prompt*."""
    return [(entry["body"]["model"], len(entry["images"])) for entry in await sent(house, prompt)]


async def form(person: Person) -> Json:
    """Return the fields of the open form, by id."""
    state = await person.wait(lambda found: bool(found["modals"]), "a form")
    return {part["component"]["custom_id"]: part["component"] for part in state["modals"][-1]["components"]}


def selected(field: Json) -> list[str]:
    return [option["value"] for option in field["options"] if option.get("default")]


def photos(number: int) -> list[File]:
    return [photo(f"{n}.png", colour=f"#0000{n:02}") for n in range(number)]


async def test_a_member_who_chooses_draft_gets_the_draft_model(choices: House) -> None:
    ana, channel = await choices.new_person(), await choices.channel()

    found = await ana.suggestions(channel, "imagine", "model", prompt="a hut", model="dra")
    await ana.slash(channel, "imagine", prompt="a hut in a draft", model=found[0]["value"])
    shown = await result(ana, channel, "a hut in a draft")
    await ana.press(shown, "Generate again")
    again = await ana.see(channel, lambda m: is_result(m) and m["id"] != shown["id"], "the repetition")

    assert [choice["name"] for choice in found] == ["Draft · quota: ½ each · fast and cheap, one result"]
    assert await models_asked(choices, "a hut in a draft") == [("z-image-turbo", 0)] * 2
    assert all("Draft (z-image-turbo)" in text_of(message) for message in (shown, again))
    assert "39½ of 40 left" in text_of(shown)


async def test_a_suggestion_has_the_price_of_the_options_typed_so_far(choices: House) -> None:
    ana, channel = await choices.new_person(), await choices.channel()

    plain = await ana.suggestions(channel, "imagine", "model", prompt="a hut", model="dra")
    rewritten = await ana.suggestions(channel, "imagine", "model", prompt="a hut", enhance=True, model="dra")
    await ana.slash(channel, "imagine", prompt="a hut rewritten", model=plain[0]["name"], enhance=True)
    shown = await result(ana, channel, "a hut rewritten")

    assert [found[0]["name"].split(" · ")[1] for found in (plain, rewritten)] == ["quota: ½ each", "quota: 1 each"]
    assert "39 of 40 left" in text_of(shown)


async def test_suggestions_leave_out_models_that_cannot_use_the_attached_images(choices: House) -> None:
    ana, channel = await choices.new_person(locale="zh-CN"), await choices.channel()

    words = await ana.suggestions(channel, "imagine", "model", prompt="a hut")
    edits = await ana.suggestions(channel, "imagine", "model", prompt="a hut", image1=photo(), image2=photo())
    sets = await ana.suggestions(channel, "imagine", "model", prompt="a hut", set=4)

    assert [choice["value"] for choice in words] == [
        "default", "z-image-turbo", "wan2.7-image-pro", "qwen-image-edit-plus",
    ]  # fmt: skip
    assert [choice["value"] for choice in edits] == ["default", "qwen-image-edit-plus", "wan2.7-image-pro"]
    assert [choice["value"] for choice in sets] == ["default"]
    assert words[1]["name"] == "草稿 · 每张用 ½ 张额度 · 又快又省，每次生成一张"


@pytest.mark.parametrize(
    "options",
    [{"quality": "4k"}, {"palette": "red, blue, teal"}, {"thinking": True}],
    ids=["4K", "palette", "thinking"],
)
async def test_suggestions_follow_the_feature_and_a_default_chosen_before_it_uses_no_more_than_it_said(
    choices: House, options: Json
) -> None:
    ana, channel = await choices.new_person(), await choices.channel()

    found = await ana.suggestions(channel, "imagine", "model", prompt="a hut", **options)
    for chosen in ("default", "Standard · quota: 1 each"):
        refused = await private_answer(
            ana, await ana.slash(channel, "imagine", prompt="a dear hut", model=chosen, **options)
        )
        assert "or use Detailed (wan2.7-image-pro)." in text_of(refused)

    assert [(choice["name"], choice["value"]) for choice in found] == [
        ("Detailed · quota: 2½ each · people and textures, up to 9 input images", "wan2.7-image-pro")
    ]


@pytest.mark.parametrize(
    "named", ["my secret prompt", "wan2.7-image", "z-image-turbo\N{RIGHT-TO-LEFT OVERRIDE}", "x" * 6000]
)
async def test_a_model_that_is_not_offered_is_refused_with_what_to_choose(choices: House, named: str) -> None:
    ana, channel = await choices.new_person(), await choices.channel()

    refused = await private_answer(ana, await ana.slash(channel, "imagine", prompt="lost words", model=named))
    await ana.press(refused, "Edit prompt")
    await ana.fill(model=["z-image-turbo"])
    await result(ana, channel, "lost words")

    assert "isn't available here. It didn't use your quota. Choose one of these" in text_of(refused)
    assert "Standard, Draft, Detailed" in text_of(refused)
    assert (await models_asked(choices, "lost words"))[-1] == ("z-image-turbo", 0)
    assert "my secret prompt" not in choices.bot.log.read_text(encoding="utf-8")


@pytest.mark.parametrize("model", ["gone", "x" * 4000, "w1:reword:words:10:0"])
async def test_a_forged_model_in_a_form_is_refused_and_its_prompt_comes_back(choices: House, model: str) -> None:
    ana, channel = await choices.new_person(), await choices.channel()
    words: Json = {"type": 4, "custom_id": "words", "value": "my forged words"}
    chosen: Json = {"type": 3, "custom_id": "model", "values": [model]}
    rows = [{"type": 18, "id": n, "component": field} for n, field in enumerate((words, chosen))]

    sent_form = await ana.forge(channel, 5, custom_id="w1:form:words:10", components=rows)
    refused = await private_answer(ana, sent_form)

    assert "That model isn't available here. It didn't use your quota" in text_of(refused)
    assert "my forged words" in text_of(refused)
    assert await models_asked(choices, "my forged words") == []


async def test_nine_images_of_a_message_go_to_the_model_that_takes_them(choices: House) -> None:
    ana, channel = await choices.new_person(), await choices.channel()
    await ana.say(channel, f"{choices.mention} all nine in one room", photos(9))
    refused = await ana.see(channel, says("You sent 9 images; Standard (wan2.6-image) takes up to 4"), "the limit")

    await ana.press(refused, "Use the Detailed model")
    fields = await form(ana)
    await ana.fill()
    shown = await result(ana, channel, "all nine in one room")

    assert "or use Detailed (wan2.7-image-pro), which takes them all" in text_of(refused)
    assert selected(fields["model"]) == ["wan2.7-image-pro"]
    assert len(selected(fields["which"])) == 9
    assert await models_asked(choices, "all nine in one room") == [("wan2.7-image-pro", 9)]
    assert "2½" in text_of(shown)


async def test_a_form_selects_no_more_images_than_its_model_takes(choices: House) -> None:
    ana, channel = await choices.new_person(), await choices.channel()
    await ana.say(channel, f"{choices.mention} fewer in one room", photos(9))
    refused = await ana.see(channel, says("takes up to 4"), "the limit")

    await ana.press(refused, "Choose images")
    fields = await form(ana)
    await ana.fill()
    await result(ana, channel, "fewer in one room")

    assert (selected(fields["model"]), selected(fields["which"])) == (["default"], ["1", "2", "3", "4"])
    assert await models_asked(choices, "fewer in one room") == [("wan2.6-image", 4)]


async def test_a_refusal_names_no_model_that_nothing_lets_the_member_choose(choices: House) -> None:
    ana, channel = await choices.new_person(), await choices.channel()
    posted = await ana.say(channel, "six", photos(6))

    await ana.say(channel, f"{choices.mention} all of them", photos(3), reply_to=posted)
    refused = await ana.see(channel, says("You sent 9 images"), "the limit")

    assert text_of(refused).endswith("Choose up to 4 and send it again.")


async def test_nine_images_go_unasked_to_a_model_that_uses_no_more(tmp_path: Path) -> None:
    async with house_in(tmp_path, MODELS=f"{WAN_26},wan2.7-image") as house:
        ana, channel = await house.new_person(), await house.channel()

        await ana.say(channel, f"{house.mention} nine at once", photos(9))
        await result(ana, channel, "nine at once")

        assert await models_asked(house, "nine at once") == [("wan2.7-image", 9)]


async def test_with_a_model_for_words_alone_nothing_offers_edits_or_stories(tmp_path: Path) -> None:
    async with house_in(tmp_path, MODELS="z-image-turbo") as house:
        ana, channel = await house.new_person(), await house.channel()
        await ana.slash(channel, "imagine", prompt="only words")

        shown = await result(ana, channel, "only words")

        assert [part["label"] for part in components_of(shown) if part["type"] == 2] == [
            "Generate again", "Edit prompt", "More like this", "Larger", "☆ Star", "Details", "History", "Delete",
        ]  # fmt: skip
        for menu in ("Edit image", "Edit a part"):
            with pytest.raises(Refused, match=menu):
                await ana.menu(menu, shown)
        with pytest.raises(Refused, match="story"):
            await ana.slash(channel, "story", prompt="a tale")


async def test_four_inputs_to_a_model_that_takes_three_are_refused_with_the_limit(choices: House) -> None:
    ana, channel = await choices.new_person(), await choices.channel()
    images = {f"image{n}": file for n, file in enumerate(photos(4), start=1)}

    refused = await private_answer(
        ana, await ana.slash(channel, "imagine", prompt="four for three", model="qwen-image-edit-plus", **images)
    )
    await ana.press(refused, "Use the Standard model")
    await ana.fill(more=photos(4))
    await result(ana, channel, "four for three")

    assert "You sent 4 images; Edit (qwen-image-edit-plus) takes up to 3" in text_of(refused)
    assert refused["flags"] & EPHEMERAL
    assert await models_asked(choices, "four for three") == [("wan2.6-image", 4)]


async def test_the_chosen_model_stays_through_edits_of_its_result(choices: House) -> None:
    ana, bo, channel = await choices.new_person(), await choices.new_person(), await choices.channel()
    await ana.slash(channel, "imagine", prompt="a detailed boat", model="Detailed", thinking=False)
    shown = await result(ana, channel, "a detailed boat")

    await bo.press(shown, "Edit image")
    edit = await form(bo)
    await bo.fill(words="the same boat by night")
    night = await result(bo, channel, "the same boat by night")
    sheet = await private_answer(bo, await bo.press(night, "History"))
    step = next(part for part in components_of(sheet) if part.get("options"))
    await bo.choose(sheet, step["custom_id"], step["options"][0]["value"])
    past = await form(bo)
    await bo.fill(words="the same boat at dawn")
    await result(bo, channel, "the same boat at dawn")
    await bo.press(shown, "Edit prompt")
    change = await form(bo)
    await bo.fill(words="a detailed ship", model=["z-image-turbo"], images=["1:high"])
    await result(bo, channel, "a detailed ship")
    await bo.say(channel, f"{choices.mention} the same boat in fog", reply_to=shown["id"])
    await result(bo, channel, "the same boat in fog")

    assert [selected(fields["model"]) for fields in (edit, past, change)] == [["wan2.7-image-pro"]] * 3
    assert await models_asked(choices, "the same boat by night") == [("wan2.7-image-pro", 1)]
    (boat,) = await sent(choices, "a detailed boat")
    assert boat["body"]["parameters"]["thinking_mode"] is False
    assert await models_asked(choices, "a detailed ship") == [("z-image-turbo", 0)]
    assert await models_asked(choices, "the same boat in fog") == [("wan2.7-image-pro", 1)]


async def test_a_4k_result_is_changed_to_a_model_without_4k_and_to_another_quality_at_once(choices: House) -> None:
    ana, channel = await choices.new_person(), await choices.channel()
    await ana.slash(channel, "imagine", prompt="a huge boat", quality="4k")
    shown = await result(ana, channel, "a huge boat")

    await ana.press(shown, "Edit prompt")
    fields = await form(ana)
    refused = await private_answer(ana, await ana.fill(words="a cheap huge boat", model=["wan2.6-t2i"]))
    await ana.press(shown, "Edit prompt")
    await ana.fill(words="a small boat", model=["z-image-turbo"], images=["1:normal"])
    await result(ana, channel, "a small boat")

    assert [option["value"] for option in fields["model"]["options"]][:3] == [
        "wan2.7-image-pro", "wan2.6-t2i", "z-image-turbo",
    ]  # fmt: skip
    assert selected(fields["model"]) == ["wan2.7-image-pro"]
    assert "Standard (wan2.6-t2i) doesn't support 4K. It didn't use your quota. Use Edit prompt" in text_of(refused)
    assert "to send it without that, or use Detailed (wan2.7-image-pro)." in text_of(refused)
    assert await models_asked(choices, "a small boat") == [("z-image-turbo", 0)]


async def test_a_form_selects_the_model_that_was_chosen_for_what_only_it_takes(choices: House) -> None:
    ana, channel = await choices.new_person(), await choices.channel()
    options = {"palette": "teal, gold, navy", "aspect_ratio": "cinema", "thinking": False}
    await ana.slash(channel, "imagine", prompt="a tree in three colors", **options)
    shown = await result(ana, channel, "a tree in three colors")

    await ana.press(shown, "Edit prompt")
    fields = await form(ana)

    (entry,) = await sent(choices, "a tree in three colors")
    width, height = map(int, entry["body"]["parameters"]["size"].split("*"))
    assert entry["body"]["model"] == "wan2.7-image-pro"
    assert abs(width / height - 21 / 9) < 0.05
    assert "21:9 cinema" in text_of(shown)
    assert selected(fields["model"]) == ["wan2.7-image-pro"]


@pytest.mark.parametrize("options", [{"set": 4}, {"palette": "teal, gold, navy"}], ids=["set", "palette"])
async def test_what_the_chosen_model_lacks_is_kept_for_a_model_that_has_it(
    choices: House, options: dict[str, Any]
) -> None:
    ana, channel = await choices.new_person(), await choices.channel()

    asked = await ana.slash(channel, "imagine", prompt="a comic of colors", model="z-image-turbo", **options)
    refused = await private_answer(ana, asked)
    await ana.press(refused, "Use the Detailed model")
    fields = await form(ana)

    assert "Leave the option empty, or use Detailed (wan2.7-image-pro)." in text_of(refused)
    assert fields["words"]["value"] == "a comic of colors"
    if "palette" in options:
        assert fields["palette"]["value"] == options["palette"]
        assert selected(fields["model"]) == ["wan2.7-image-pro"]
    else:
        assert selected(fields["count"]) == ["4"]
        assert len(fields["count"]["options"]) == 12


async def test_an_option_without_a_field_is_kept_for_the_model_that_has_it(choices: House) -> None:
    ana, channel = await choices.new_person(), await choices.channel()
    typed: list[dict[str, Any]] = [
        {"palette": "teal, gold, navy", "thinking": False, "seed": 5},
        {"set": 2, "seed": 7, "enhance": False},
        {"thinking": True, "seed": 9},
    ]

    bodies = []
    for number, options in enumerate(typed):
        prompt = f"lost option {number}"
        slash = await ana.slash(channel, "imagine", prompt=prompt, model="z-image-turbo", **options)
        await ana.press(await private_answer(ana, slash), "Use the Detailed model")
        await ana.fill()
        await result(ana, channel, prompt)
        bodies += [entry["body"]["parameters"] for entry in await sent(choices, prompt)]

    assert [body["seed"] for body in bodies] == [5, 7, 9]
    assert [bodies[0]["thinking_mode"], bodies[2]["thinking_mode"]] == [False, True]


async def test_a_request_goes_to_a_model_without_its_palette_if_the_form_said_so(choices: House) -> None:
    ana, channel = await choices.new_person(), await choices.channel()
    options = {"palette": "teal, gold, navy", "thinking": True, "model": "Detailed"}
    await ana.slash(channel, "imagine", prompt="a hut in three colors", **options)
    shown = await result(ana, channel, "a hut in three colors")

    await ana.press(shown, "Edit prompt")
    state = await ana.wait(lambda found: bool(found["modals"]), "the form")
    await ana.fill(words="a hut without them", model=["z-image-turbo"])
    changed = await result(ana, channel, "a hut without them")

    assert "A model that can't use them leaves out: a palette, thinking" in str(state["modals"][-1])
    assert await models_asked(choices, "a hut without them") == [("z-image-turbo", 0)]
    assert "1 image used ½ image of your quota" in text_of(changed)


async def test_a_reply_to_a_draft_is_edited_by_a_model_that_takes_images(choices: House) -> None:
    ana, channel = await choices.new_person(), await choices.channel()
    await ana.slash(channel, "imagine", prompt="a quick sketch", model="z-image-turbo")
    shown = await result(ana, channel, "a quick sketch")

    await ana.say(channel, f"{choices.mention} ink the sketch", reply_to=shown["id"])
    await result(ana, channel, "ink the sketch")

    assert await models_asked(choices, "ink the sketch") == [("wan2.6-image", 1)]


async def test_a_model_that_is_switched_off_loses_no_word_and_its_results_can_be_changed(tmp_path: Path) -> None:
    async with house_in(tmp_path, MODELS=f"{WAN_26},qwen-image-edit-plus") as house:
        ana, channel = await house.new_person(), await house.channel()
        posted = await ana.say(channel, "look", [photo()])
        there = await ana.see(channel, lambda m: m["id"] == posted, "the post")
        await ana.menu("Edit image", there)
        await ana.fill(words="an edit of old", model=["qwen-image-edit-plus"])
        shown = await result(ana, channel, "an edit of old")
        await ana.menu("Edit image", there)
        await form(ana)
        await house.bot.stop()
        house.bot.settings["MODELS"] = WAN_26
        await house.bot.start()

        refused = await private_answer(ana, await ana.fill(words="keep every word", model=["qwen-image-edit-plus"]))
        await ana.press(refused, "Edit prompt")
        again = await form(ana)
        await ana.fill()
        await result(ana, channel, "keep every word")
        repeated = await private_answer(ana, await ana.press(shown, "Generate again"))
        await ana.press(repeated, "Edit prompt")
        change = await form(ana)
        await ana.fill(words="an edit of old, renewed")
        await result(ana, channel, "an edit of old, renewed")

        for answer in (refused, repeated):
            assert "Edit (qwen-image-edit-plus) isn't available here. It didn't use your quota" in text_of(answer)
        assert "Choose one of these, or leave it empty: Standard." in text_of(refused)
        assert "Use Edit prompt to send it to another model." in text_of(repeated)
        assert "keep every word" in text_of(refused)
        assert again["words"]["value"] == "keep every word"
        assert "model" not in {*again, *change}
        assert await models_asked(house, "keep every word") == [("wan2.6-image", 1)]
        assert await models_asked(house, "renewed") == [("wan2.6-image", 1)]
