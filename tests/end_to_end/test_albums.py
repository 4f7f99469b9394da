"""Members get the images that they may see as ZIP or PDF files, in private, in parts, with what is left out."""

from __future__ import annotations

import asyncio
import io
import zipfile
from pathlib import Path
from typing import Any

from imagegen.albums import ENTRY_BYTES, HEAD_BYTES
from sandbox.people import EPHEMERAL, Json, Person, components_of, images_of, private_answer, text_of
from tests.end_to_end.conftest import House, house_in, is_result, says
from tests.end_to_end.test_library import gallery, result


async def album(person: Person, channel: str, **options: Any) -> tuple[Json, list[Json]]:
    """Make an album. Return how it ended, and the messages with its parts."""
    sent = await person.slash(channel, "album", **options)
    for _ in range(600):
        answers = await sent.fetch()
        if answers["response"] and any(end in text_of(answers["response"]) for end in ("done", "完成", "No images")):
            return answers["response"], [each for each in answers["followups"] if each]
        await asyncio.sleep(0.1)
    raise AssertionError(text_of((await sent.fetch())["response"]))


async def gone_from(person: Person, channel: str, message: Json) -> None:
    """Wait until a message is deleted."""

    def is_gone(state: Json) -> bool:
        return all(message["id"] != each["id"] for some in state["messages"].values() for each in some)

    await person.wait(is_gone, "the deletion", channel=channel)


async def files_of(person: Person, part: Json) -> dict[str, bytes]:
    return {each["filename"]: await person.control.file(each["id"]) for each in part["attachments"]}


async def test_an_album_holds_the_files_as_they_are_with_an_index_and_lists_what_is_gone(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    frog, owl = await result(ana, channel, "a frog king 青蛙"), await result(ana, channel, "an owl queen")
    await result(bo, channel, "a stranger")
    gone = await result(ana, channel, "a gone heron")
    await gallery(ana, channel, until="gone heron", find="heron")
    await ana.press(gone, "Delete")
    await gone_from(ana, channel, gone)

    end, (part,) = await album(ana, channel)

    (data,) = (await files_of(ana, part)).values()
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        names, index = found.namelist(), found.read("index.txt").decode()
        assert found.testzip() is None
        originals = [await ana.control.file(images_of(message)[0]["attachment_id"]) for message in (owl, frog)]
        assert [found.read(name) for name in names[:2]] == originals
    assert all(name in index for name in names[:2])
    assert "青蛙" in index
    assert f"/{frog['id']}" in index
    assert "stranger" not in index
    assert "its message is gone" in index
    assert part["flags"] & EPHEMERAL
    assert "Images: 2. Files: 1." in text_of(end)
    assert "Left out: 1." in text_of(end)


async def test_a_pdf_album_has_one_image_per_page_and_speaks_the_members_language(house: House) -> None:
    ana, channel = await house.new_person(locale="zh-CN"), await house.channel()
    await ana.slash(channel, "imagine", prompt="three herons", count=3)
    await ana.see(channel, lambda message: bool(images_of(message)), "the herons")
    await gallery(ana, channel, until="three herons")

    end, (part,) = await album(ana, channel, format="pdf", find="heron")

    files = await files_of(ana, part)
    pdf = files["wanvas-album-1.pdf"]
    assert pdf.startswith(b"%PDF-1.4")
    assert b"/Count 3 >>" in pdf
    assert "three herons" in files["index.txt"].decode()
    assert "相册已完成。图片：3 张" in text_of(end)


async def test_an_album_comes_in_parts_that_discord_takes(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await ana.slash(channel, "imagine", prompt="many cranes", count=4)
    shown = await ana.see(channel, is_result, "the cranes")
    await gallery(ana, channel, until="many cranes")
    largest = max([len(await ana.control.file(media["attachment_id"])) for media in images_of(shown)])

    await house.control.post("/discord/settings", upload_limit=HEAD_BYTES + 2 * ENTRY_BYTES + 2 * largest)
    try:
        end, parts = await album(ana, channel)
    finally:
        await house.control.post("/discord/settings", upload_limit=10 * 1024 * 1024)

    names = [name for part in parts for name in await files_of(ana, part)]
    assert names == [f"wanvas-album-{number}.zip" for number in range(1, len(parts) + 1)]
    assert len(parts) > 1
    assert f"Images: 4. Files: {len(parts)}." in text_of(end)


async def test_an_album_is_canceled_and_nobody_has_two_at_once(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await ana.slash(channel, "imagine", prompt="slow storks", count=4)
    await ana.see(channel, is_result, "the storks")
    await gallery(ana, channel, until="slow storks")
    await house.control.arm("cdn_slow", seconds=1.5)

    sent = await ana.slash(channel, "album")
    progress = await ana.see(channel, says("Collecting images"), "the progress")
    second = await private_answer(ana, await ana.slash(channel, "album"))
    await ana.press(progress, "Cancel")
    end = await ana.see(channel, says("Album canceled"), "the end")
    house.sandbox.faults.disarm()  # an album that is canceled before its first file meets no slow file

    assert "already have an album" in text_of(second)
    assert "Images sent: 1. Files: 1." in text_of(end) or "Images sent: 0. Files: 0." in text_of(end)
    assert (await sent.fetch())["response"]["id"] == end["id"]


async def test_parts_after_the_tokens_end_come_as_direct_messages_and_a_lost_file_is_listed(house: House) -> None:
    ana, channel = await house.new_person(), await house.channel()
    await ana.slash(channel, "imagine", prompt="late terns", count=2)
    await ana.see(channel, is_result, "the terns")
    await gallery(ana, channel, until="late terns")
    await house.control.arm("cdn_missing")
    await house.control.arm("cdn_slow", seconds=1.0)

    await ana.slash(channel, "album", find="terns")
    await ana.see(channel, says("Collecting images"), "the progress")
    await house.control.arm("token_expired")
    part = await ana.see("dm", says("part 1: 1 images"), "the part")
    end = await ana.see("dm", says("album is done"), "the end")

    (data,) = (await files_of(ana, part)).values()
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        assert "-1: its file can't be read" in found.read("index.txt").decode()
    assert "Left out: 1." in text_of(end)


async def test_an_album_takes_nothing_that_the_member_may_not_see_now(house: House) -> None:
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    other = await house.channel()
    await result(ana, channel, "a guarded ibis")
    await gallery(ana, channel, until="a guarded ibis")
    channel_id = next(c["id"] for c in (await ana.state())["channels"] if c["name"] == channel)
    await house.control.post("/overwrites", channel=channel_id, target=ana.id, deny=["READ_MESSAGE_HISTORY"])
    await house.control.post("/overwrites", channel=channel_id, target=bo.id, deny=["VIEW_CHANNEL"])

    end, (part,) = await album(ana, other)
    end_of_bo, parts_of_bo = await album(bo, other, member=ana.id, find="ibis")
    of_the_server = await private_answer(bo, await bo.slash(other, "album", everybody=True))

    files = await files_of(ana, part)
    assert list(files) == ["index.txt"]
    assert "in a channel you can't see right now" in files["index.txt"].decode()
    assert "ibis" not in files["index.txt"].decode()
    assert "Images: 0." in text_of(end)
    assert "No images match" in text_of(end_of_bo)  # nor does bo learn that there is an ibis
    assert parts_of_bo == []
    assert "can manage this server" in text_of(of_the_server)


async def test_an_album_that_a_stop_or_a_kill_ends_says_so_and_what_to_do(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        ana, channel = await house.new_person(), await house.channel()
        await result(ana, channel, "a brief swift")
        await house.control.arm("cdn_slow", seconds=30.0)
        await ana.slash(channel, "album")
        stopped = await ana.see(channel, says("Collecting images"), "the progress before the stop")

        await house.bot.stop()
        told = await ana.see(channel, says("The bot restarts, so this album ended"), "what the stop says")
        await house.bot.start()
        await house.control.arm("cdn_slow", seconds=30.0)
        await ana.slash(channel, "album")
        killed = await ana.see(channel, says("Collecting images"), "the progress before the kill")
        await house.bot.kill()
        await house.bot.start()
        await ana.press(killed, "Cancel")
        over = await ana.see(channel, says("isn't in progress anymore"), "what the button says")

        assert [told["id"], over["id"]] == [stopped["id"], killed["id"]]
        assert not [part for part in components_of(over) if part.get("label")]
