"""``python bot.py verify`` ticks what Discord does as documented, and crosses what Discord does otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hosting.verify.rules import content
from sandbox.people import text_of
from tests.end_to_end.verification import ACTS, CHANNEL, Verification, verification

# For each item, the fault that makes the local Discord break its rule, and the words of the cross.
BROKEN: dict[str, tuple[str, dict[str, Any], str]] = {
    "discord.sync": ("contexts_lost", {}, "contexts differ"),
    "discord.round_trips": ("slow_rest", {"times": 3, "match": "GET /api/v10/channels", "seconds": 1.05}, "call takes"),
    "discord.files": ("v2_files_listed", {}, "lists the file of a card"),
    "discord.metadata": ("cdn_removes_metadata", {}, "removes the metadata"),
    "discord.thumbnails": ("cdn_missing", {}, "did not answer"),
    "discord.nonce": ("nonce_ignored", {}, "appears twice"),
    "discord.edit_after_defer": ("v2_upload_refused", {}, "code 50035"),
    "discord.late_edit": ("v2_upload_refused", {"match": "PATCH /api/v10/channels"}, "code 50035"),
    "discord.private_reply": ("followup_public", {}, "is public"),
    "discord.private_select": ("form_refused", {}, "code 50035"),
    "discord.plain_message": ("content_leaked", {}, "does not address the bot"),
    "discord.spoiler": ("spoiler_unmarked", {}, "no mark of a spoiler"),
    "discord.mention": ("content_withheld", {}, "without its text"),
    "discord.reply": ("content_leaked", {"times": 2}, "the message that a mention replies to"),
    "discord.edited": ("edit_without_time", {}, "does not say when"),
    "discord.forward": ("content_leaked", {"times": 2}, "the image of a forward"),
    "discord.role_mention": ("content_leaked", {}, "mentions only the bot's role"),
    "discord.reply_to_result": ("reply_pings", {}, "pings the bot"),
    "discord.menu": ("menu_without_files", {}, "without attachments"),
    "discord.form": ("form_without_message", {}, "does not carry the message"),
    "discord.fresh_form": ("stale_form", {}, "the form before it"),
    "discord.no_send": ("discord_error", {"match": "PATCH /api/v10/webhooks", "code": 50013}, "code 50013"),
    "discord.no_attach": ("discord_error", {"match": "PATCH /api/v10/webhooks", "code": 50013}, "code 50013"),
    "discord.user_install": ("owners_missing", {}, "does not say that a user install"),
}


DEAD_TOKEN = ("--only", "discord.edit_after_defer", "--only", "discord.reply_to", "--only", "discord.dead_token")


async def reply_after_15_minutes(run: Verification) -> None:
    await run.control.advance(901)
    await ACTS["Reply to the result"](run)


@pytest.mark.long
async def test_every_item_is_ticked_on_the_card_and_the_report_holds_no_secret(tmp_path: Path) -> None:
    async with verification(tmp_path) as run:
        code = await run.play(instead={"Reply to the result": reply_after_15_minutes})

        assert code == 0
        verdicts = run.verdicts()
        assert set(verdicts.values()) == {"passed"}, run.output
        assert verdicts.keys() >= {*BROKEN, "discord.restart", "discord.dead_token", "wan.sync", "wan.story"}
        shown = text_of(await run.card())
        assert (shown.count("✓"), "Done · " in shown, "Your turn" in shown) == (len(verdicts), True, False)
        assert "Wan bills at most 9 images, US$0.27 in all" in run.output
        assert await run.control.bill() == 9
        assert run.secrets_written() == []


@pytest.mark.parametrize("key", BROKEN)
async def test_a_rule_that_discord_breaks_gets_a_cross(tmp_path: Path, key: str) -> None:
    fault, arguments, words = BROKEN[key]
    async with verification(tmp_path) as run:
        await run.control.arm(fault, **arguments)

        code = await run.play("--only", key)

        verdict, seen = run.verdict(key)
        assert (verdict, words in seen, code) == ("failed", True, 1), seen


async def test_a_dead_token_that_is_refused_otherwise_gets_a_cross(tmp_path: Path) -> None:
    async with verification(tmp_path) as run:
        await run.control.arm("token_forgotten", times=2)  # for the read that finds out, and for the edit

        code = await run.play(*DEAD_TOKEN, instead={"Reply to the result": reply_after_15_minutes})

        assert run.verdict("discord.dead_token") == (
            "failed", "An edit by a dead token gets status and code (404, 10015), not (401, 50027).",
        )  # fmt: skip
        assert code == 1


async def test_a_form_that_never_comes_back_gets_a_cross_from_the_operator(tmp_path: Path) -> None:
    async def submit_in_vain(run: Verification) -> None:
        await run.control.arm("event_lost", event="INTERACTION_CREATE")
        await run.operator.fill()
        await run.press("Doesn't work")

    async with verification(tmp_path) as run:
        code = await run.play("--only", "discord.restart", instead={"Submit the form": submit_in_vain})

        assert run.verdict("discord.restart") == (
            "failed", "The operator reports that it does not work: nothing of it reached the bot.",
        )  # fmt: skip
        assert code == 1


async def test_without_a_model_for_images_the_menu_that_the_bot_has_not_is_skipped(tmp_path: Path) -> None:
    async with verification(tmp_path, MODELS="z-image-turbo") as run:
        await run.play("--only", "discord.menu")

        why = "No offered model takes input images, so the bot has no such menu."
        assert run.verdict("discord.menu") == ("skipped", why)


async def test_a_file_that_arrives_in_pieces_is_read_whole(tmp_path: Path) -> None:
    async with verification(tmp_path) as run:
        await run.control.arm("cdn_in_pieces")

        assert await run.play("--only", "discord.files") == 0

        assert run.verdict("discord.files")[0] == "passed"


async def test_a_shard_that_waits_for_its_identify_is_no_slow_heartbeat(tmp_path: Path) -> None:
    async with verification(tmp_path, SHARD_COUNT="2") as run:
        code = await run.play("--only", "discord.round_trips")

        assert (run.verdict("discord.round_trips")[0], code) == ("passed", 0), run.output


async def test_late_waits_until_the_token_is_dead(tmp_path: Path) -> None:
    async def imagine_and_wait(run: Verification) -> None:
        await ACTS["Type /imagine prompt:hello in this channel"](run)
        await run.operator.see(CHANNEL, lambda message: "seed" in text_of(message), "the result")
        await run.control.advance(901)

    async with verification(tmp_path) as run:
        code = await run.play("--late", "--only", "discord.dead_token", instead={"Type /imagine": imagine_and_wait})

        assert run.verdict("discord.dead_token") == (
            "passed", "A dead token is refused with 401, 50027. The bot's own token edits the same message, with a new "
            "upload.",
        )  # fmt: skip
        assert code == 0


async def test_while_the_token_works_nothing_is_claimed_of_dead_tokens(tmp_path: Path) -> None:
    async with verification(tmp_path) as run:
        code = await run.play("--only", "discord.dead_token")

        verdict, seen = run.verdict("discord.dead_token")
        assert (verdict, code) == ("skipped", 1)
        assert run.output.endswith("Nothing was verified.\n")
        assert seen == "The interaction's token still works. --late waits until it is dead, about 15 minutes."


async def test_without_the_intent_only_what_was_seen_is_claimed(tmp_path: Path) -> None:
    async with verification(tmp_path) as run:
        await run.control.post("/discord/settings", message_content=False)

        code = await run.play(*(part for item, _ in content.RULES for part in ("--only", item.key)))

        assert code == 0
        verdicts = run.verdicts()
        assert verdicts.pop("discord.spoiler") == "skipped"
        assert set(verdicts.values()) == {"passed"}
        assert "so only that half was seen" in run.verdict("discord.plain_message")[1]
