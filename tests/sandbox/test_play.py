"""A person starts the sandbox: the stage is set, and wrong use ends with one sentence."""

from __future__ import annotations

import signal
import socket
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sandbox.__main__ import main
from sandbox.clock import Clock
from sandbox.people import Person
from sandbox.records import FORUM
from sandbox.stage import set_stage
from sandbox.world import World
from tests.ports import free_port
from tests.sandbox.playing import playing

PYTHON = str(Path(sys.prefix) / "bin" / "python")


def played(*arguments: str) -> Result:
    """Run ``play`` in this process, until it ends by itself."""
    return CliRunner().invoke(main, ["play", *arguments])


@pytest.mark.parametrize("port", ["0", "-1", "65535", "70000", "http", "８０８０", ""])
def test_what_is_no_port_is_refused_with_an_example(port: str) -> None:
    result = played(f"--port={port}")

    assert (result.exit_code, result.output) == (
        2,
        f"Error: --port {port} is no port. Choose a number from 1024 to 65534, such as --port 8000.\n",
    )


@pytest.mark.parametrize(("taken", "why"), [(0, ""), (1, "The local Discord needs the port after {port}. ")])
def test_a_taken_port_is_named(taken: int, why: str) -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port + taken)):
        result = played("--port", str(port), "--", "sleep", "60")

    assert (result.exit_code, result.output) == (
        2,
        f"Error: {why.format(port=port)}Port {port + taken} is taken by another program. "
        "Choose another port, such as --port 8010, or leave --port out.\n",
    )


@pytest.mark.parametrize("keep", [["--keep", "python"], ["--keep=sh"], ["--keep", "./bot.py"]])
def test_a_program_is_not_taken_for_the_folder(
    keep: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    result = played(*keep, "bot.py")

    folder = keep[-1].removeprefix("--keep=").removeprefix("./")
    assert (result.exit_code, [*tmp_path.iterdir()]) == (2, [])
    assert result.output == (
        f"Error: {folder} is a program. Write -- before the bot's command: play --keep -- {folder} bot.py\n"
    )


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (
            ["./nowhere"],
            "There is no program ./nowhere. Write its whole path, and each word of the command by itself.\n",
        ),
        (["sh", "-c", "exit 0"], "sh ended with exit code 0 before it connected to the sandbox. It wrote nothing.\n"),
        (
            [PYTHON, "-c", "import nothing_of_this_name"],
            "python ended with exit code 1 before it connected to the sandbox. Its output is above.\n",
        ),
    ],
)
def test_a_program_that_is_no_bot_ends_the_sandbox_with_a_sentence(command: list[str], sentence: str) -> None:
    result = played(*command)

    assert result.exit_code == 1
    assert result.output.endswith(sentence)


def test_the_output_of_a_program_that_fails_at_once_is_shown() -> None:
    result = played("sh", "-c", "echo something broke; exit 3")

    assert result.output.startswith("Starting sh …\nsomething broke\n")


def test_a_bot_that_would_ask_the_real_discord_is_not_started() -> None:
    result = played("python", "-I", "bot.py")

    assert (result.exit_code, result.output) == (
        2,
        "Error: With -I, Python does not read the sandbox's addresses. Leave it out.\n",
    )


def test_a_name_that_discord_does_not_allow_is_refused() -> None:
    result = played("--name", "long" * 9, "sleep", "60")

    assert (result.exit_code, result.output) == (
        2,
        "Error: Discord has no names of more than 32 characters. Choose a shorter --name.\n",
    )


def test_a_program_that_never_connects_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.play.READY_TIMEOUT_S", 0.2)

    result = played("--name", "Sleeper", "sleep", "60")

    assert result.exit_code == 1
    assert result.output == "Starting Sleeper …\nSleeper did not connect to the sandbox within 0 s. It wrote nothing.\n"


def test_the_stage_has_four_people_and_a_server_without_the_bot() -> None:
    world = World(Clock(), set_stage=set_stage)
    lighthouse, cats = world.servers.values()
    people = {person.name: person for person in world.people.values()}

    assert list(people) == ["Ana", "Bo", "小梅", "Op"]
    assert {name: person.locale for name, person in people.items() if person.locale != "en-US"} == {"小梅": "zh-CN"}
    assert (lighthouse.name, lighthouse.owner_id, lighthouse.with_bot) == ("The Lighthouse", people["Op"].id, True)
    assert [person.manager for person in people.values()] == [False, True, False, False]
    assert (cats.name, cats.with_bot, set(cats.members)) == ("Cat Lovers", False, {people["Ana"].id, people["小梅"].id})
    assert [name for name, person in people.items() if person.installed] == ["Ana"]
    assert [channel.name for channel in world.channels_of(lighthouse) if channel.nsfw] == ["after-dark"]
    (forum,) = [channel for channel in world.channels_of(lighthouse) if channel.kind == FORUM]
    assert {thread.parent_id for thread in world.channels_of(lighthouse, threads=True)} > {forum.id}
    assert world.messages
    assert all(channel.server_id for channel in world.channels.values())  # no direct messages


async def test_our_bot_offers_each_person_their_commands() -> None:
    async with playing() as play:
        offered = {name: await offered_names(await play.person(name)) for name in ("Ana", "Bo", "小梅", "Op")}
        code = await play.stop(signal.SIGTERM)

    assert offered["Ana"] == offered["小梅"]
    assert offered["Bo"] - offered["Ana"] == {"studio"}
    assert offered["Op"] - offered["Bo"] == {"operator"}
    assert code == 0


async def offered_names(person: Person) -> set[str]:
    """Return the names of the commands that a person is offered in #harbor."""
    state = await person.state()
    (harbor,) = [channel["id"] for channel in state["channels"] if channel["name"] == "harbor"]
    return {command["name"] for command in state["commands"] if command["id"] in state["offered"][harbor]}
