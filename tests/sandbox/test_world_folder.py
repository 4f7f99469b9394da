"""The folder of ``play --keep`` keeps the world whole, or refuses it."""

from __future__ import annotations

import asyncio
import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox import permissions, world_folder
from sandbox.actions import Actions
from sandbox.clock import Clock
from sandbox.discord import message_rules
from sandbox.discord.message_rules import Upload
from sandbox.play import Play, play
from sandbox.records import Json
from sandbox.setup_api import SetupApi
from sandbox.stage import set_stage
from sandbox.world import World
from sandbox.world_folder import UnusableFolder, open_folder
from tests.sandbox.conftest import WireBot
from tests.sandbox.playing import until

DAY_S = 86_400


def lived_in() -> World:
    """Return a world with more than its stage: direct messages, a forward, rules and a command."""
    world = World(Clock(), set_stage=set_stage)
    acts = {**Actions(world).routes(), **SetupApi(world).routes()}
    ana, bo, *_ = world.people
    channel = next(iter(world.channels))
    (image,) = world.files.values()
    world.commands = [{"id": world.snowflake(), "name": "roll", "type": 1}]
    world.clock.advance(DAY_S)
    posted = next(message.id for message in world.messages.values() if message.files)
    acts["/act/message"]({"person": ana, "channel": channel, "forward": posted})
    acts["/act/message"]({"person": ana, "channel": "dm", "content": f"hello {image.id}"})
    acts["/act/react"]({"person": bo, "message": posted, "emoji": "👍"})
    acts["/groups"]({"people": [ana, bo]})
    acts["/overwrites"]({"channel": channel, "target": bo, "deny": ["ATTACH_FILES"]})
    acts["/commands/permissions"]({"command": "roll", "rules": [{"type": "user", "id": bo, "permission": False}]})
    return world


def known(world: World) -> Json:
    """Return everything that a run must find again, and that a person sees of messages."""
    names = ("bot_id", "server_id", "sequence", "link_secret", "people", "servers", "channels", "files", "commands")
    return {
        **{name: getattr(world, name) for name in (*names, "server_commands", "command_permissions")},
        "messages": {m.id: (m.body, m.files, m.reactions) for m in world.messages.values()},
        "ahead_s": world.clock.ahead_s,
    }


def save(world: World, path: Path) -> None:
    async def open_and_close() -> None:
        with open_folder(path) as folder:
            async with folder.saving(world):
                pass

    asyncio.run(open_and_close())


def read(path: Path) -> World:
    with open_folder(path) as folder:
        return World(Clock(), set_stage=folder.set_stage)


def test_a_world_is_found_as_it_was_left(tmp_path: Path) -> None:
    world = lived_in()
    left_at = world.clock.now()
    save(world, tmp_path)

    found = read(tmp_path)

    assert known(found) == known(world)
    assert found.clock.now() >= left_at
    assert int(found.snowflake()) > max(int(name) for name in (*world.messages, *world.files, *world.channels))


def test_what_discord_forgets_is_not_kept(tmp_path: Path) -> None:
    world = lived_in()
    ana, channel = next(iter(world.people)), next(iter(world.channels.values()))
    world.add_file("draft.png", b"draft", channel.id, ephemeral=False, description=None)
    message_rules.create(world, channel, world.bot_id, {"content": "only you"}, ephemeral_for=ana)
    save(world, tmp_path)

    found = read(tmp_path)

    assert all(message.ephemeral_for is None for message in found.messages.values())
    assert [file.filename for file in found.files.values()] == ["lighthouse.png"]
    assert {path.name for path in (tmp_path / "files").iterdir()} == set(found.files)


def test_the_clock_never_runs_backward(tmp_path: Path) -> None:
    world = lived_in()
    left_at = world.clock.now()
    save(world, tmp_path)
    change(tmp_path, lambda found: found.update(ahead_s=0.0))  # as if the machine's clock had been set back a day

    found = read(tmp_path)

    assert found.clock.now() >= left_at


def change(path: Path, act: Callable[[Any], object]) -> None:
    """Change what is saved in a folder."""
    text = json.loads((path / "world.json").read_text())
    act(text)
    (path / "world.json").write_text(json.dumps(text))


def reacted(found: Any) -> Any:
    """Return the message with a reaction."""
    return next(message for message in found["messages"] if message["reactions"])


def make_older(found: Any) -> None:
    """Write a saved world as the sandbox did before it had reactions."""
    del found["knows_reactions"]
    for message in found["messages"]:
        del message["reactions"]
    for server in found["servers"].values():
        for role in server["roles"].values():
            role["permissions"] &= ~permissions.bits(("ADD_REACTIONS",))


def test_a_world_from_before_reactions_takes_them(tmp_path: Path) -> None:
    world = lived_in()
    save(world, tmp_path)
    change(tmp_path, make_older)

    found = read(tmp_path)

    assert found.servers == world.servers
    assert all(message.reactions == {} for message in found.messages.values())


def text(written: str | bytes) -> Callable[[Path], object]:
    return lambda path: (path / "world.json").write_bytes(written if isinstance(written, bytes) else written.encode())


def changed(act: Callable[[Any], object]) -> Callable[[Path], object]:
    return lambda path: change(path, act)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "empty": text(""),
    "foreign": text('{"scores": [1, 2]}'),
    "no text": text(b"\xff\xfe\x00"),
    "nested": text("[" * 100_000),
    "torn": lambda path: os.truncate(path / "world.json", 1000),
    "newer": changed(lambda found: found.update(version=2)),
    "wrong type": changed(lambda found: found.update(people=[])),
    "number as name": changed(lambda found: next(iter(found["people"].values())).update(name=5)),
    "far clock": changed(lambda found: found.update(ahead_s=1e18)),
    "strange body": changed(lambda found: found["messages"][0].update(body={})),
    "no attachments": changed(lambda found: found["messages"][0]["body"].pop("attachments")),
    "no author": changed(lambda found: found["messages"][0]["body"].pop("author")),
    "foreign id": changed(lambda found: found["messages"][0]["body"].update(id="x")),
    "no mentions": changed(lambda found: found["messages"][0]["body"].pop("mentions")),
    "no list of roles": changed(lambda found: found["messages"][0]["body"].update(mention_roles=None)),
    "no command": changed(lambda found: found.update(commands=[{"a": 1}])),
    "no roles": changed(lambda found: next(iter(found["servers"].values())).update(roles={})),
    "two ids": changed(lambda found: next(iter(found["people"].values())).update(id="5")),
    "far sequence": changed(lambda found: found.update(sequence=10**30)),
    "path as id": changed(lambda found: found["files"][0].update(id="../world.json")),
    "lost channel": changed(lambda found: found["channels"].pop(next(iter(found["channels"])))),
    "lost owner": changed(lambda found: found["people"].clear()),
    "lost file": lambda path: next((path / "files").iterdir()).unlink(),
    "lost reactor": changed(lambda found: reacted(found)["reactions"].update({"👍": ["1"]})),
    "torn file": lambda path: os.truncate(next((path / "files").iterdir()), 10),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_world_is_refused_and_left_as_it_is(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    save(lived_in(), tmp_path)
    damage(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    with pytest.raises(UnusableFolder, match=r"world.json cannot be read \(.+\): .+ Move it away to begin"):
        read(tmp_path)

    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_folder_is_open_in_one_sandbox(tmp_path: Path) -> None:
    with open_folder(tmp_path), pytest.raises(UnusableFolder, match="is open in another sandbox"):
        read(tmp_path)


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    (tmp_path / "thesis.txt").chmod(0o644)
    tmp_path.chmod(0o755)

    for path, said in ((tmp_path, "holds other files"), (tmp_path / "thesis.txt", "cannot be used: File exists")):
        with pytest.raises(UnusableFolder, match=said):
            read(path)

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def post_image(world: World) -> str:
    """Post an image that no other message has, and return the message's id."""
    channel = next(iter(world.channels.values()))
    upload = Upload("0", "new.png", b"an image")
    return message_rules.create(world, channel, next(iter(world.people)), {"content": ""}, [upload]).id


def test_a_world_never_names_a_file_that_could_not_be_written(tmp_path: Path) -> None:
    world = lived_in()
    save(world, tmp_path)
    post_image(world)
    in_the_way = tmp_path / "files" / f"{[*world.files][-1]}.new"
    in_the_way.mkdir()
    save(world, tmp_path)

    found = read(tmp_path)

    assert "new.png" not in {file.filename for file in found.files.values()}


def test_a_file_goes_with_the_last_message_that_shows_it(tmp_path: Path) -> None:
    world = lived_in()
    forwarded = next(message for message in world.messages.values() if message.files)
    alone = post_image(world)
    save(world, tmp_path)
    for message_id in (forwarded.id, alone):
        message_rules.delete(world, world.messages[message_id])
    save(world, tmp_path)

    assert {path.name for path in (tmp_path / "files").iterdir()} == {forwarded.files[0].id}


def test_a_world_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(lived_in(), tmp_path)
    monkeypatch.setattr(world_folder, "MAX_WORLD_BYTES", 1000)

    with pytest.raises(UnusableFolder, match="it is larger than 1000 bytes"):
        read(tmp_path)


def test_only_the_owner_can_read_a_kept_world(tmp_path: Path) -> None:
    (tmp_path / "deep" / "world").mkdir(mode=0o755, parents=True)
    mask = os.umask(0)
    try:
        save(lived_in(), tmp_path / "deep" / "world")
    finally:
        os.umask(mask)

    found = [tmp_path / "deep" / "world", *(tmp_path / "deep" / "world").rglob("*")]
    assert len(found) == 5
    assert [path for path in found if path.stat().st_mode & 0o077] == []


async def test_an_exit_says_that_the_world_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def write_to_full_disk(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(world_folder, "_write_whole", write_to_full_disk)
    (stop := asyncio.Event()).set()

    code = await play(Play("Sleeper", ("sleep", "60"), keep=tmp_path), stop)

    assert code == 1
    assert capsys.readouterr().err == (
        f"The world cannot be saved in {tmp_path}: No space left on device.\n"
        f"The latest changes of the world are not kept in {tmp_path}.\n"
    )


async def test_half_a_character_does_not_end_the_saving(
    wire: WireBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world_folder, "SAVE_EVERY_S", 0.01)
    about = f'"person": "{wire.ana.id}", "channel": "{wire.channel}"'
    with open_folder(tmp_path) as folder:
        async with folder.saving(wire.box.world):
            posted = await wire.status("POST", "/act/message", f'{{{about}, "content": "half \\ud83d emoji"}}')
            answered, _ = await wire.post({"content": "the bot's \ud83d"})
            await wire.ana.say(wire.channel, "later")

    kept = (tmp_path / "world.json").read_text()
    assert (posted, answered, folder.failed) == (200, 200, False)
    assert [text in kept for text in ("half \ufffd emoji", "the bot's \ufffd", "later")] == [True] * 3


async def test_a_failed_save_is_said_once_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(world_folder, "SAVE_EVERY_S", 0.01)
    world, files = lived_in(), tmp_path / "files"
    with open_folder(tmp_path) as folder:
        async with folder.saving(world):
            files.rename(tmp_path / "away")
            world.add_person("Cleo")
            await until(lambda: "cannot be saved" in capsys.readouterr().err)
            await asyncio.sleep(0.1)
            said_again = capsys.readouterr().err
            (tmp_path / "away").rename(files)
            await until(lambda: "Cleo" in (tmp_path / "world.json").read_text())
            files.rename(tmp_path / "away")
            world.add_person("Dora")
            await until(lambda: "cannot be saved" in capsys.readouterr().err)

    assert said_again == ""
