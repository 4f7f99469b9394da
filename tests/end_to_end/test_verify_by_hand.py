"""An operator can skip, stop and break off a verification, and is told in a sentence why one cannot begin."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest

from hosting.problems import Exit
from sandbox.people import private_answer, text_of
from tests.end_to_end.conftest import house_in
from tests.end_to_end.verification import CHANNEL, Verification, verification

TWO = ("--only", "discord.form", "--only", "discord.nonce")
FORM = "Press Open form"


async def test_skip_leaves_an_item_out_and_the_run_is_no_proof(tmp_path: Path) -> None:
    async with verification(tmp_path) as run:
        code = await run.play(*TWO, instead={FORM: lambda run: run.press("Skip")})

        assert run.verdict("discord.form") == ("skipped", "The operator skipped it.")
        assert (run.verdict("discord.nonce")[0], code) == ("passed", 1)
        assert run.output.endswith("Not everything was verified: 1 of 2 items was not done.\n")


async def test_stop_ends_the_run_and_the_report_says_what_was_left(tmp_path: Path) -> None:
    async with verification(tmp_path) as run:
        code = await run.play("--only", "discord.form", "--only", "discord.menu", instead={
            "Right-click": lambda run: run.press("Stop")
        })  # fmt: skip

        assert run.verdicts() == {"discord.menu": "skipped", "discord.form": "skipped"}
        assert [line for line in run.output.splitlines() if "The run was stopped." in line] == [
            "  – skipped: The run was stopped.",
            "– 1 more item skipped: The run was stopped.",
        ]
        assert "Not everything was verified: 2 of 2 items were not done." in run.output
        assert code == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_the_run_and_the_report_is_written(tmp_path: Path, number: signal.Signals) -> None:
    async def interrupt(run: Verification) -> None:
        assert run.bot.process is not None
        run.bot.process.send_signal(number)

    async with verification(tmp_path) as run:
        code = await run.play("--only", "discord.form", instead={FORM: interrupt})

        assert run.verdict("discord.form") == ("skipped", "The run was stopped.")
        assert "Done" in text_of(await run.card())
        assert (code, "Traceback" in run.output) == (1, False)


async def test_only_an_operator_counts_and_others_are_told_to_come_back(tmp_path: Path) -> None:
    async def by_others_first(run: Verification) -> None:
        other = await run.control.person("Cy")
        card = await run.card_with("Open form")
        for label in ("Stop", "Open form"):
            answer = await private_answer(other, await other.press(card, label))
            assert "being tested" in text_of(answer)
        await run.press("Open form")

    async with verification(tmp_path) as run:
        code = await run.play("--only", "discord.form", instead={FORM: by_others_first})

        assert (run.verdict("discord.form")[0], code) == ("passed", 0)


async def test_free_generates_no_image(tmp_path: Path) -> None:
    async with verification(tmp_path) as run:
        code = await run.play("--free", "--only", "wan.sync", "--only", "wan.key")

        assert "This costs nothing" in run.output
        assert run.verdict("wan.sync") == ("skipped", "It costs money, and --free was given.")
        assert (run.verdict("wan.key")[0], code, await run.control.bill()) == ("passed", 0, 0)


async def test_without_a_yes_nothing_is_spent(tmp_path: Path) -> None:
    async with verification(tmp_path) as run:
        process = await run.bot.spawn("verify", "--channel", run.channel_id, "--only", "wan.sync")

        assert await process.wait() == 1

        assert "Wan bills at most 1 image, US$0.03 in all" in run.output
        assert "Go on?" in run.output
        assert await run.control.bill() == 0
        assert await run.control.record("discord") == []


async def test_a_wrong_token_is_told_in_a_sentence(tmp_path: Path) -> None:
    async with verification(tmp_path, DISCORD_TOKEN="sandbox.wrong.token") as run:
        assert await run.play("--only", "discord.sync") == Exit.SETUP

        assert run.output.splitlines()[-1].startswith("Discord refuses DISCORD_TOKEN.")


@pytest.mark.parametrize(
    ("denied", "sentence"),
    [
        ("VIEW_CHANNEL", "The bot cannot see that channel."),
        ("SEND_MESSAGES", "The bot lacks Send Messages, Attach Files, Embed Links in #studio. Grant this"),
        ("ATTACH_FILES", "The bot lacks Attach Files in #studio. Grant this, or name another channel."),
    ],
)
async def test_a_channel_that_the_bot_cannot_use_is_told_in_a_sentence(
    tmp_path: Path, denied: str, sentence: str
) -> None:
    async with verification(tmp_path) as run:
        studio = next(c.id for c in run.sandbox.world.channels.values() if c.name == "studio")
        await run.control.post("/permissions", channel=studio, deny=[denied])
        process = await run.bot.spawn("verify", "--channel", studio, "--only", "discord.sync")

        assert await process.wait() == 1

        assert sentence in run.output
        assert "Traceback" not in run.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--channel", "123456789012345678"), "There is no channel 123456789012345678."),
        (("--channel", "harbor"), "--channel takes a channel's id or link"),
        (
            ("--channel", "1", "--only", "discord.unknown"),
            "No item is called discord.unknown. The items are",
        ),
        (("--channel", "1", "--report", "nowhere"), "Directory 'nowhere' does not exist."),
    ],
)
async def test_a_wrong_argument_is_told_in_a_sentence(
    tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    async with verification(tmp_path) as run:
        process = await run.bot.spawn("verify", "--yes", *arguments)

        assert await process.wait() > 0

        assert sentence in run.output
        assert "Traceback" not in run.output


async def test_a_link_to_the_channel_is_taken(tmp_path: Path) -> None:
    async with verification(tmp_path) as run:
        link = f"https://discord.com/channels/{run.sandbox.world.server_id}/{run.channel_id}"
        process = await run.bot.spawn("verify", "--channel", link, "--only", "discord.sync")

        assert await process.wait() == 0

        assert await run.operator.see(CHANNEL, lambda message: "✓" in text_of(message), "the card")


async def test_a_bot_that_runs_is_told_to_be_stopped_first(tmp_path: Path, unused_tcp_port: int) -> None:
    async with house_in(tmp_path, HEALTH_PORT=str(unused_tcp_port)) as house:
        process = await house.bot.spawn("verify", "--channel", "1", "--only", "discord.sync")

        assert await process.wait() == 1

        assert f"The bot seems to run: port {unused_tcp_port} answers. Stop the bot first" in house.bot.log.read_text()


async def test_a_bot_without_a_health_page_is_noticed_by_its_database(tmp_path: Path) -> None:
    async with house_in(tmp_path, HEALTH_PORT="0") as house:
        process = await house.bot.spawn("verify", "--channel", "1", "--only", "discord.sync")

        assert await process.wait() == 1

        assert re.search(r"its last sign of life was \d+ s ago", house.bot.log.read_text())


async def test_a_connection_that_ends_ends_the_run_and_the_report_is_written(tmp_path: Path) -> None:
    async def revoke_the_intent(run: Verification) -> None:
        await run.control.post("/discord/settings", message_content=False)
        await run.control.arm("gateway_disconnect")
        await run.control.arm("gateway_invalid_session")
        await run.operator.say(CHANNEL, "the event before which the connection closes")

    async with verification(tmp_path) as run:
        code = await run.play(*TWO, instead={FORM: revoke_the_intent})

        assert run.verdict("discord.form") == (
            "failed", "The connection to Discord's gateway ended. Run `python bot.py check`, and verify again.",
        )  # fmt: skip
        assert (code, "Traceback" in run.output) == (1, False)


async def test_another_process_that_answers_first_is_told_to_be_stopped(tmp_path: Path) -> None:
    async with verification(tmp_path) as run:
        await run.control.arm("discord_error", match="/callback", code=40060)

        assert await run.play("--only", "discord.edit_after_defer") == 1

        _, seen = run.verdict("discord.edit_after_defer")
        assert seen == "Another process answered first: a bot runs with this token. Stop it, and verify again."


async def test_a_report_that_cannot_be_written_is_printed(tmp_path: Path) -> None:
    async def remove_the_folder(run: Verification) -> None:
        (tmp_path / "reports").rmdir()
        await run.press("Skip")

    (tmp_path / "reports").mkdir()
    async with verification(tmp_path) as run:
        code = await run.play("--report", "reports", "--only", "discord.form", instead={FORM: remove_the_folder})

        assert "| A form carries its message (`discord.form`) | The operator skipped it. |" in run.output
        assert run.output.endswith("could not be written into reports: No such file or directory.\n")
        assert (code, "Traceback" in run.output) == (1, False)
