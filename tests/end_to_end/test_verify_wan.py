"""``python bot.py verify --only wan`` crosses what Wan does otherwise, and says in sentences what to do."""

from __future__ import annotations

from pathlib import Path

from sandbox.people import text_of
from tests.end_to_end.verification import verification

# A Wan that breaks nearly every rule at once; the first images are those of wan.refusal, wan.sync and wan.two.
BROKEN: tuple[tuple[str, dict[str, int]], ...] = (
    ("unreadable_accepted", {}),
    ("link_scheme", {"times": 2}),
    ("short_link", {"times": 2}),
    ("billed_more", {"times": 2}),
    ("expired_link", {}),
    ("wrong_size", {"times": 3}),
    ("task_failed", {}),
    ("empty_choice", {}),
    ("stream_disconnect", {}),
    ("data_uri_refused", {}),
)  # fmt: skip


CROSSED = {
    "wan.refusal", "wan.task", "wan.two", "wan.story", "wan.edit", "wan.links", "wan.link_lifetime", "wan.download",
    "wan.size", "wan.bill",
}  # fmt: skip


async def test_a_wan_that_breaks_its_rules_gets_a_cross_for_each(tmp_path: Path) -> None:
    async with verification(tmp_path) as run:
        for fault, arguments in BROKEN:
            await run.control.arm(fault, **arguments)

        code = await run.play(*(word for key in ("wan.sync", *CROSSED) for word in ("--only", key)))

        assert run.verdicts() == {"wan.sync": "passed", **dict.fromkeys(CROSSED, "failed")}, run.output
        shown = text_of(await run.card())
        assert (code, shown.count("✗"), shown.count("✓")) == (1, len(CROSSED), 1)
        assert "Traceback" not in run.output


async def test_a_wrong_key_ends_in_sentences_and_calls_nothing_more(tmp_path: Path) -> None:
    async with verification(tmp_path, DASHSCOPE_API_KEY="sandbox-wrong") as run:
        code = await run.play("--only", "wan")

        verdict, seen = run.verdict("wan.key")
        assert (verdict, code, "Traceback" in run.output) == ("failed", 1, False)
        assert seen == (
            "The key is refused. Wan's answer: InvalidApiKey (HTTP 401). "
            "Check DASHSCOPE_API_KEY, and that it belongs to the region of DASHSCOPE_HTTP_BASE_URL."
        )
        assert {verdict for key, verdict in run.verdicts().items() if key != "wan.key"} == {"skipped"}
        assert len(await run.control.record("wan")) == 1
