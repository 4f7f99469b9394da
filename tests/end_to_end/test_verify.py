"""``python bot.py verify`` ticks what Discord does as documented, and crosses what Discord does otherwise."""

from __future__ import annotations

from pathlib import Path

from tests.end_to_end.verification import verification


async def test_one_item_can_be_verified_alone(tmp_path: Path) -> None:
    async with verification(tmp_path) as run:
        await run.start("--only", "discord.files")

        assert await run.exit_code() == 0

        assert run.report()["summary"] == {"passed": 1, "failed": 0, "skipped": 0}
        assert run.verdict("discord.files") == (
            "passed", "The file is not listed as an attachment; its link gives the same bytes.",
        )  # fmt: skip


async def test_a_rule_that_does_not_hold_gets_a_cross_and_the_exit_code_says_so(tmp_path: Path) -> None:
    async with verification(tmp_path) as run:
        await run.control.arm("v2_upload_refused")
        await run.start("--only", "discord.files")

        assert await run.exit_code() == 1

        verdict, seen = run.verdict("discord.files")
        assert (verdict, "code 50035" in seen) == ("failed", True)
