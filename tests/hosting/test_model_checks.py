"""``bot.py check`` names the offered models that the key may not use, at no cost, and what is unconfirmed of others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from hosting.checks import endpoint, models
from hosting.problems import Exit, Finding
from imagegen.settings import Settings
from imagegen.wan.catalogue import MODELS
from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.record import Record
from sandbox.wan.app import WAN, LocalWan, make_app
from tests.imagegen.wan.endpoint import serve, silent

KEY = "sandbox-key"
IMAGE, T2I, DRAFT, UNCONFIRMED = "wan2.6-image", "wan2.6-t2i", "z-image-turbo", "qwen-image-3.0"
PRO = "qwen-image-2.0-pro"  # two requests a minute


@dataclass
class Checked:
    """A local Wan, and the checks of a set-up that uses it."""

    local: LocalWan
    url: str

    async def found(self, *names: str, **values: Any) -> list[tuple[Exit, str]]:
        given = {"dashscope_http_base_url": self.url, "dashscope_api_key": KEY, "models": names, **values}
        return said(await endpoint.found(Settings(_env_file=None, **given)))


def said(found: Iterable[Finding]) -> list[tuple[Exit, str]]:
    return [(finding.exit, finding.sentence) for finding in found]


@pytest.fixture
async def checked() -> AsyncIterator[Checked]:
    app = make_app(key=KEY, clock=Clock(), faults=Faults(), record=Record())
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield Checked(app[WAN], f"http://127.0.0.1:{runner.addresses[0][1]}/api/v1")
    await runner.cleanup()


async def test_what_the_key_may_use_is_listed_and_what_it_may_not_is_a_problem(checked: Checked) -> None:
    checked.local.set(not_activated=f"{T2I},{DRAFT}")

    found = await checked.found(IMAGE, T2I, DRAFT)

    (problem, sentence), *notes = found
    assert (problem, sentence.partition(". ")[0]) == (
        Exit.RUN,
        f"MODELS offers {T2I}, {DRAFT}, but Wan's list of what the key may use lacks that",
    )
    assert [weight for weight, _ in notes] == [Exit.GOOD] * 2
    assert notes[0][1] == f"Wan lets the key use {IMAGE}, which MODELS offers."
    assert notes[1][1].startswith("Wan lets the key also use wan2.7-image, ")
    assert "qwen-image-max" in notes[1][1]


async def test_the_check_sends_no_request_for_an_image(checked: Checked) -> None:
    await checked.found(IMAGE, T2I)

    requests = checked.local.record.part("wan")
    assert {entry["method"] for entry in requests} == {"GET"}
    assert {entry["path"].partition("?")[0].removeprefix("/api/v1") for entry in requests} == {
        "/tasks", "/models/permissions", "/quotas",
    }  # fmt: skip


async def test_an_endpoint_without_such_a_list_is_no_problem(checked: Checked) -> None:
    checked.local.set(lists_permissions=False)

    without = await checked.found(IMAGE, T2I)
    checked.local.set(lists_permissions=True, not_activated=",".join(MODELS))
    empty = await checked.found(IMAGE, T2I)

    assert without == empty == [(Exit.GOOD, models.NO_LIST)]


async def test_a_model_of_which_wan_allows_less_than_the_bot_sends_is_noted() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        wide, narrow = ({"request_limit": count, "request_limit_period": 60} for count in (9000, 30))
        row = {"model": request.query["model"], "model_limit": wide, "workspace_limit": narrow}
        return web.json_response({"code": None, "output": {"total": 1, "quotas": [row]}})

    async with serve() as endpoint_of_limits:
        endpoint_of_limits.answer = answer

        found = said(await models.throttled(endpoint_of_limits.client, Settings(_env_file=None, models=(T2I, PRO))))

    ((weight, sentence),) = found  # two a minute are less than 30
    assert weight is Exit.GOOD
    assert sentence.startswith(f"Wan allows the key 30 requests a minute to {T2I}, and the bot sends up to 300, so")


async def test_the_bot_sends_no_more_than_the_local_wan_allows(checked: Checked) -> None:
    found = await checked.found(*MODELS)

    assert [sentence for _, sentence in found if "throttled" in sentence] == []
    assert sum("/quotas" in entry["path"] for entry in checked.local.record.part("wan")) == len(MODELS)


async def test_a_list_that_does_not_come_is_not_waited_for() -> None:
    async with serve() as silent_one:
        silent_one.answer = silent

        settings, limit_s = Settings(_env_file=None), 0.05
        found = said(await models.permitted(silent_one.client, settings, limit_s=limit_s))
        limits = said(await models.throttled(silent_one.client, settings, limit_s=limit_s))

    assert (found, limits) == ([(Exit.GOOD, models.NO_LIST)], [])


async def test_a_key_that_is_accepted_late_is_good_though_no_time_is_left_for_the_lists() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.5 if request.path.endswith("/tasks") else 30)
        return web.json_response({"request_id": "r", "total": 0, "data": [], "output": {}})

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/v1"
    settings = Settings(_env_file=None, dashscope_http_base_url=url, dashscope_api_key=SecretStr(KEY))

    async with asyncio.timeout(5):
        found = said(await endpoint.found(settings, limit_s=1.2))
    await runner.cleanup()

    assert found == [(Exit.GOOD, models.NO_LIST)]


async def test_an_offered_model_without_confirmed_prices_is_noted() -> None:
    found = said(await models.found(Settings(_env_file=None, models=(IMAGE, UNCONFIRMED))))

    ((weight, sentence),) = found
    assert weight is Exit.GOOD
    assert sentence.startswith(f"{UNCONFIRMED} is offered, but prices and limits are known from notes of others only.")


async def test_models_without_tasks_are_named_if_every_call_should_be_a_task() -> None:
    names = (T2I, DRAFT, "qwen-image-max")

    tasks, auto = [
        said(await models.found(Settings(_env_file=None, models=names, wan_call=style))) for style in ("tasks", "auto")
    ]

    ((weight, sentence),) = tasks
    assert weight is Exit.GOOD
    assert sentence.startswith(f"WAN_CALL=tasks has no effect on {DRAFT}, qwen-image-max: ")
    assert auto == []


@pytest.mark.parametrize(
    ("settings", "sentences"),
    [
        ({"watermark": True}, [f"WATERMARK has no effect on {DRAFT}, which writes none."]),
        ({"wan_answer_s": 149}, [f"WAN_ANSWER_S=149 is less than {T2I}, qwen-image-max may need"]),
        (
            {"wan_call": "sync"},
            ["WAN_CALL=sync also calls wan2.7-image for image sets, and Wan ends such a call after"],
        ),
        ({"wan_answer_s": 300, "wan_call": "auto"}, []),
    ],
)
async def test_a_setting_that_a_model_ignores_or_that_loses_its_images_is_noted(
    settings: dict[str, Any], sentences: list[str]
) -> None:
    names = (IMAGE, T2I, DRAFT, "qwen-image-max", "wan2.7-image")

    found = said(await models.found(Settings(_env_file=None, models=names, **settings)))

    assert [(code, text[: len(start)]) for (code, text), start in zip(found, sentences, strict=True)] == [
        (Exit.GOOD, start) for start in sentences
    ]
