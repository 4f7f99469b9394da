"""Each rule of Wan is verified over a socket, and each tick becomes a cross if the local Wan breaks the rule."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from hosting.verify.cost import most_images
from hosting.verify.items import Outcome, Verdict
from hosting.verify.wan import items
from imagegen.imaging.images import Decoder
from imagegen.settings import Settings
from tests.hosting.verify.local_wan import KEY, Verification, verification

PASSED, FAILED, SKIPPED = Verdict.PASSED, Verdict.FAILED, Verdict.SKIPPED


@pytest.fixture(scope="module")
async def decoder() -> AsyncIterator[Decoder]:
    async with Decoder() as started:
        yield started


@pytest.fixture
async def wan(decoder: Decoder) -> AsyncIterator[Verification]:
    async with verification(decoder) as found:
        yield found


@pytest.fixture(scope="module")
async def whole_run(decoder: Decoder) -> AsyncIterator[tuple[Verification, dict[str, Outcome]]]:
    """Run every check, once for all tests that look at the outcomes."""
    async with verification(decoder) as wan:
        yield wan, await wan.run()


async def test_every_item_passes_and_bills_no_more_than_was_said(
    whole_run: tuple[Verification, dict[str, Outcome]],
) -> None:
    wan, outcomes = whole_run

    assert {key: found.seen for key, found in outcomes.items() if found.verdict is not PASSED} == {}
    assert list(outcomes) == [
        "wan.key", "wan.refusal",
        "wan.sync", "wan.task", "wan.two", "wan.high", "wan.story", "wan.edit", "wan.high_edit",
        "wan.links", "wan.link_lifetime", "wan.download", "wan.size", "wan.bill", "wan.times",
    ]  # fmt: skip
    assert [check.item for check in wan.checks] == items(wan.settings)
    assert most_images(items(wan.settings)) == {"wan2.6-t2i": 5, "wan2.6-image": 4}
    assert wan.local.bill()["images"] == 9


# Each fault of the local Wan with the item that it turns into a cross, and what the cross says.
FAULTS = [
    ("key_refused", {}, "wan.key", "The key is refused. Wan's answer: InvalidApiKey (HTTP 401). Check DASHSCOPE_API"),
    ("unreadable_accepted", {}, "wan.refusal", "Wan generated an image"),
    ("wan_error", {"code": "Arrearage"}, "wan.sync", "The account has no balance. Wan's answer: Arrearage (HTTP 400)"),
    ("wan_error", {"code": "Model.AccessDenied"}, "wan.sync", "Give the key's workspace access to the model"),
    ("wan_error", {"code": "Workspace.AccessDenied"}, "wan.sync", "Check WAN_WORKSPACE"),
    ("wan_disconnect", {}, "wan.sync", "Wan did not answer in full"),
    ("gateway_error", {}, "wan.sync", "HTTP 502, without a code"),
    ("task_failed", {}, "wan.task", "Wan's answer: InternalError"),
    ("task_unknown", {}, "wan.task", "Wan's answer: UNKNOWN"),
    ("empty_choice", {}, "wan.two", "1 image came of 2 that were requested."),
    ("task_failed", {"code": "InternalError.Timeout"}, "wan.high", "Wan's answer: InternalError.Timeout"),
    ("stream_disconnect", {}, "wan.story", "Wan did not answer in full"),
    ("stream_error", {}, "wan.story", "Wan's answer: InternalError"),
    ("data_uri_refused", {}, "wan.edit", "Wan's answer: InvalidURL"),
    ("data_uri_refused", {}, "wan.high_edit", "Wan rejected the input image. Wan's answer: InvalidURL (HTTP 400)."),
    ("link_scheme", {}, "wan.links", "Wan sent links with https."),
    ("link_host", {}, "wan.links", "The bot does not download from results.example."),
    ("short_link", {}, "wan.link_lifetime", "The links are valid for 0.0 h"),
    ("expired_link", {}, "wan.download", "Wan's answer: HTTP 403, without a code."),
    ("truncated_image", {}, "wan.download", "A result cannot be downloaded"),
    ("corrupt_image", {}, "wan.download", "The decoder rejects a result"),
    ("wrong_size", {}, "wan.size", "wan.sync requested 1280*1280, the answer says 1280*1280, the file has 1536*1280"),
    ("size_ignored", {"times": 2}, "wan.size", "wan.high requested 1440*1440, the answer says 1280*1280"),
    ("billed_more", {}, "wan.bill", "wan.sync bills 2 and has 1"),
]  # fmt: skip
JUDGED = ("wan.links", "wan.link_lifetime", "wan.download", "wan.size", "wan.bill", "wan.times")


def test_every_item_has_a_fault() -> None:
    of_time = {"wan.times"}  # test_an_answer_that_barely_comes_in_time_is_a_cross

    assert {key for _, _, key, _ in FAULTS} | of_time == {item.key for item in items(Settings(_env_file=None))}


@pytest.mark.parametrize(("fault", "arguments", "key", "seen"), FAULTS)
async def test_a_broken_rule_is_a_cross(
    decoder: Decoder, fault: str, arguments: dict[str, Any], key: str, seen: str
) -> None:
    needed = ("wan.sync", "wan.high", "wan.download", key) if key in JUDGED else (key,)
    async with verification(decoder) as wan:
        wan.local.faults.arm(fault, **arguments)

        outcomes = await wan.run(*needed)

    assert wan.local.faults.untaken() == []
    assert outcomes[key].verdict is FAILED, outcomes[key].seen
    assert seen in outcomes[key].seen


async def test_a_task_that_never_ends_is_a_cross(decoder: Decoder) -> None:
    async with verification(decoder, result_s=0.2) as wan:
        wan.local.faults.arm("task_endless")

        task = (await wan.run("wan.task"))["wan.task"]

    assert task.verdict is FAILED
    assert task.seen == "Wan did not answer in full. An image may have been billed: compare your bill."
    assert task.facts["cause"] == "no end in 0 s"


async def test_an_answer_that_comes_too_late_is_a_cross(decoder: Decoder) -> None:
    async with verification(decoder, wan_answer_s=1) as wan:
        wan.local.faults.arm("wan_slow")

        sync = (await wan.run("wan.sync"))["wan.sync"]

    assert (sync.verdict, sync.facts["cause"]) == (FAILED, "TimeoutError")


async def test_an_answer_that_barely_comes_in_time_is_a_cross(decoder: Decoder) -> None:
    async with verification(decoder, wan_answer_s=4) as wan:
        wan.local.faults.arm("wan_slow", seconds=2.1)

        outcomes = await wan.run("wan.sync", "wan.times")

    assert outcomes["wan.sync"].verdict is PASSED
    assert outcomes["wan.times"].verdict is FAILED
    assert "of the 4 s that the bot allows" in outcomes["wan.times"].seen


async def test_a_story_without_an_image_is_a_cross(wan: Verification) -> None:
    wan.local.set(story_images=0)

    story = (await wan.run("wan.story"))["wan.story"]

    assert (story.verdict, story.seen) == (FAILED, "The story has text only.")


async def test_after_a_refused_key_nothing_more_is_called(wan: Verification) -> None:
    wan.local.faults.arm("key_refused")

    outcomes = await wan.run()

    assert outcomes.pop("wan.key").verdict is FAILED
    assert {found.verdict for found in outcomes.values()} == {SKIPPED}
    assert outcomes["wan.sync"].seen == "Not sent, because of an earlier item: the key is refused."
    assert len(wan.local.record.part("wan")) == 1


async def test_a_key_that_is_refused_while_a_task_runs_ends_the_task(wan: Verification) -> None:
    wan.local.faults.arm("query_error", code="InvalidApiKey")

    outcomes = await wan.run("wan.task", "wan.two")

    assert outcomes["wan.task"].seen.startswith("The key is refused. Wan's answer: InvalidApiKey (HTTP 401).")
    assert outcomes["wan.two"].verdict is SKIPPED
    assert wan.generated() == 1


async def test_after_a_refused_model_the_other_models_are_called(wan: Verification) -> None:
    wan.local.faults.arm("wan_error", code="Model.AccessDenied")

    outcomes = await wan.run("wan.sync", "wan.task", "wan.two", "wan.edit")

    assert [found.verdict for found in outcomes.values()] == [FAILED, SKIPPED, SKIPPED, PASSED]
    assert wan.generated() == 2


async def test_after_a_refused_call_style_the_other_style_is_called(wan: Verification) -> None:
    wan.local.faults.arm("wan_error", code="AccessDenied")

    outcomes = await wan.run("wan.sync", "wan.task", "wan.edit")

    assert "Wan refuses this call style (sync) for this model." in outcomes["wan.sync"].seen
    assert [found.verdict for found in outcomes.values()] == [FAILED, PASSED, PASSED]


async def test_one_dead_link_leaves_the_other_files_to_be_judged(wan: Verification) -> None:
    wan.local.faults.arm("expired_link")

    outcomes = await wan.run("wan.sync", "wan.two", "wan.download", "wan.size")

    assert outcomes["wan.download"].seen.startswith("1 of 3 files failed. A result cannot be downloaded.")
    assert outcomes["wan.size"].verdict is PASSED


async def test_a_poll_without_an_answer_decides_nothing(wan: Verification) -> None:
    wan.local.faults.arm("query_error", gateway=True)

    task = (await wan.run("wan.task"))["wan.task"]

    assert (task.verdict, task.facts["polls"]) == (PASSED, 2)


async def test_an_endpoint_that_is_not_there_is_said_in_a_sentence(decoder: Decoder) -> None:
    async with verification(decoder, dashscope_http_base_url="http://127.0.0.1:1/api/v1") as wan:
        outcomes = await wan.run("wan.key", "wan.sync")

    assert {found.verdict for found in outcomes.values()} == {FAILED}
    assert outcomes["wan.key"].seen.startswith("No connection to Wan (ClientConnectorError). Check DASHSCOPE_HTTP")


async def test_what_costs_nothing_bills_nothing(wan: Verification) -> None:
    free = [check.item.key for check in wan.checks if not check.item.images]

    outcomes = await wan.run(*free)

    assert {key for key, found in outcomes.items() if found.verdict is PASSED} == {"wan.key", "wan.refusal"}
    assert FAILED not in {found.verdict for found in outcomes.values()}
    assert wan.local.bill()["images"] == 0


async def test_a_region_with_tasks_only_is_called_by_tasks(decoder: Decoder) -> None:
    async with verification(decoder, wan_region="eu-central-1") as wan:
        outcomes = await wan.run()

    skipped = {key: found.seen for key, found in outcomes.items() if found.verdict is not PASSED}
    assert skipped == dict.fromkeys(("wan.sync", "wan.story"), "eu-central-1 has tasks only.")
    assert most_images(items(wan.settings)).total() == wan.local.bill()["images"] == 6


async def test_outcomes_hold_no_key_and_no_link(whole_run: tuple[Verification, dict[str, Outcome]]) -> None:
    _, outcomes = whole_run

    said = repr(outcomes)
    assert not [secret for secret in (KEY, "http://", "Signature", "data:") if secret in said]
