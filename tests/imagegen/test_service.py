"""A request that was validated is not validated a second time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from random import Random

import aiohttp
import pytest
from pydantic import SecretStr

from imagegen.address import Address
from imagegen.errors import Reason, Refused
from imagegen.image_request import ImageLink, ImageRequest
from imagegen.model import Request, Requester, Scope
from imagegen.reports import Draft
from imagegen.service import Service
from imagegen.settings import Settings
from imagegen.store.engine import open_store
from imagegen.wan.catalogue import MODELS
from imagegen.wan.client import WanClient

ANA = Requester(1, Scope(7))


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    url = "http://127.0.0.1:9/api/v1"
    store = await open_store(f"sqlite:///{tmp_path}/service.db")
    async with aiohttp.ClientSession() as session:
        wan = WanClient(session, url, SecretStr("k"))
        settings = Settings(_env_file=None, dashscope_http_base_url=url, models=tuple(MODELS))
        yield Service(store, settings, wan, rng=Random(1))
    await store.close()


def request(key: str, wanted: ImageRequest) -> Request:
    return Request(key, ANA, wanted, Address())


async def test_submit_accepts_the_request_as_it_was_validated(service: Service) -> None:
    asked = request("i:1", ImageRequest("  a lighthouse  "))

    prechecked = service.validated(asked)
    submission = await service.submit(asked, prechecked)

    assert submission.job.request == prechecked.image_request
    assert submission.job.request.prompt == "a lighthouse"
    assert submission.job.request.seed is not None


async def test_again_after_a_validation_draws_a_new_seed(service: Service) -> None:
    source = (await service.submit(request("i:1", ImageRequest("a lighthouse", seed=7)))).job
    asked = request("i:2", source.request)

    again = await service.again(asked, source.id, service.validated(asked, source.input_count))

    assert again.job.request.seed != 7
    assert replace(again.job.request, seed=7, parent_id=None) == source.request


async def test_a_change_after_a_validation_keeps_the_seed(service: Service) -> None:
    source = (await service.submit(request("i:1", ImageRequest("a lighthouse", seed=7)))).job
    asked = request("i:2", replace(source.request, prompt=" a lighthouse by night ", seed=None))

    changed = await service.change(asked, source.id, service.validated(asked, source.input_count))

    assert changed.job.request == replace(source.request, prompt="a lighthouse by night", parent_id=source.id)


async def test_a_change_that_changes_nothing_draws_a_new_seed(service: Service) -> None:
    source = (await service.submit(request("i:1", ImageRequest("a lighthouse", seed=7)))).job
    asked = request("i:2", replace(source.request, prompt="a lighthouse "))

    changed = await service.change(asked, source.id, service.validated(asked, source.input_count))

    assert changed.job.request.seed not in (7, None)


IMAGES = tuple(ImageLink(f"https://cdn.discordapp.com/{n}.png", f"{n}.png") for n in range(3))


@pytest.mark.parametrize(
    ("wanted", "price", "inputs", "weight", "units"),
    [
        (ImageRequest("a fox", count=3), 30_000, 0, 100, 300),
        (ImageRequest("a fox", model="z-image-turbo"), 15_000, 0, 50, 50),
        (ImageRequest("a fox", model="z-image-turbo", enhance=True), 30_000, 0, 100, 100),
        (ImageRequest("a fox", model="wan2.7-image-pro", count=2), 75_000, 0, 250, 500),
        (ImageRequest("a fox", IMAGES, model="qwen-image-3.0", count=2), 30_000, 9_000, 100, 200),
    ],
    ids=["default", "draft", "rewritten", "pro", "inputs"],
)
async def test_a_request_reserves_what_its_model_costs_and_weighs(
    service: Service, wanted: ImageRequest, price: int, inputs: int, weight: int, units: int
) -> None:
    job = (await service.submit(request("i:1", wanted))).job

    member, *_ = await service.quota(ANA)
    assert (job.price_microusd, job.input_price_microusd, job.weight) == (price, inputs, weight)
    assert (member.used, member.reserved) == (0, units)
    assert member.limit == 2000


async def test_a_default_count_is_reduced_to_what_is_left_and_a_named_one_is_refused(service: Service) -> None:
    server = service.server_admin
    await server.change(7, lambda before: replace(before, member_images_per_day=3), user_id=9)
    await service.members.choose(1, "count", 4)
    default = service.members.with_defaults(ImageRequest("a fox"), ANA.user_id)

    with pytest.raises(Refused) as named:
        await service.submit(request("i:1", ImageRequest("a fox", count=4)))
    first = await service.submit(request("i:2", default))
    with pytest.raises(Refused) as later:
        await service.submit(request("i:3", default))

    assert named.value.reason is Reason.MORE_THAN_LEFT
    assert (default.count, first.job.request.count) == (4, 3)
    assert later.value.reason is Reason.MEMBER_QUOTA_USED


async def test_a_draft_starts_whole_after_each_prompt_was_checked_outside_of_the_transaction(service: Service) -> None:
    await service.server_admin.change(7, lambda before: replace(before, blocked_words=("turnip",)), user_id=9)
    by, found = request("i:1", ImageRequest("a door")), list[Draft | None]()
    for color in ("red", "turnip"):
        requests = [request("i:1", ImageRequest(f"a {word} door")) for word in ("blue", color)]
        found.append(await service.drafts.find(await service.drafts.keep(requests, [0, 0]), ANA.user_id))
    allowed, blocked = found
    assert allowed is not None
    assert blocked is not None

    with pytest.raises(Refused) as refused:
        await service.drafts.start(blocked, by)
    checked = dict(service._prompt_check._known)
    started = await service.drafts.start(allowed, by)

    assert refused.value.reason is Reason.PROMPT_BLOCKED
    assert checked == {ANA.scope: ("turnip",)}
    assert [one.job.request.prompt for one in started or ()] == ["a blue door", "a red door"]
    assert await service.drafts.find(blocked.id, ANA.user_id) == blocked
