"""Every limit of every model is checked before quota is reserved, and the refusal names the limit."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from random import Random

import aiohttp
import pytest
from pydantic import SecretStr

from cogs.text import formatters
from imagegen.address import Address
from imagegen.errors import Reason, Refused
from imagegen.image_request import AspectRatio, ImageLink, ImageRequest
from imagegen.model import Request, Requester, Scope
from imagegen.service import Service
from imagegen.settings import Settings
from imagegen.store.engine import open_store
from imagegen.wan.catalogue import MAX_SEED, MODELS, request_limits
from imagegen.wan.client import WanClient
from imagegen.wan.record import Use

KEYS = itertools.count()
MODELS_AND_USES = [
    pytest.param(model.name, use, id=f"{model.name}, {use}") for model in MODELS.values() for use in model.modes
]


@pytest.fixture(scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    plenty = {
        "member_images_per_day": 10_000,
        "person_images_per_day": 10_000,
        "queued_per_member": 100,
        "attempts_per_day": 10_000,
    }
    url = "http://127.0.0.1:9/api/v1"
    settings = Settings(_env_file=None, dashscope_http_base_url=url, models=tuple(MODELS), **plenty)  # type: ignore[arg-type]  # by name
    store = await open_store(f"sqlite:///{tmp_path_factory.mktemp('limits')}/limits.db")
    async with aiohttp.ClientSession() as session:
        yield Service(store, settings, WanClient(session, url, SecretStr("k")), rng=Random(1))
    await store.close()


def request(model: str, use: Use, images: int | None = None, prompt: str = "x", **more: object) -> ImageRequest:
    count = MODELS[model].modes[use].images[0] if images is None else images
    links = tuple(ImageLink(f"https://cdn.discordapp.com/{n}.png", f"{n}.png") for n in range(count))
    of_use = {"story": use is Use.STORY, "image_set": use is Use.IMAGE_SET}
    return ImageRequest(prompt, links, model=model, **of_use, **more)  # type: ignore[arg-type]  # by name


async def check_accepted(service: Service, image_request: ImageRequest) -> None:
    submission = await service.submit(Request(f"i:{next(KEYS)}", Requester(1, Scope(7)), image_request, Address()))
    await service.cancel(submission.job.id)


async def refusal(service: Service, image_request: ImageRequest) -> tuple[Reason, str]:
    """Return why the precheck and the submission refuse *image_request*, and the sentence that the requester reads."""
    member_request = Request(f"i:{next(KEYS)}", Requester(1, Scope(7)), image_request, Address())
    with pytest.raises(Refused) as on_precheck:
        await service.precheck(member_request, service.validated(member_request))
    with pytest.raises(Refused) as on_submit:
        await service.submit(member_request)
    assert on_precheck.value.facts == on_submit.value.facts
    return on_submit.value.reason, formatters.sentence(on_submit.value)


async def no_quota_used_or_reserved(service: Service) -> bool:
    quotas = await service.quota(Requester(1, Scope(7)))
    return all(status.reserved == 0 and status.used == 0 for status in quotas if status.name != "attempts")


@pytest.mark.parametrize(("model", "use"), MODELS_AND_USES)
async def test_a_prompt_at_the_limit_is_accepted_and_a_longer_one_is_refused(
    service: Service, model: str, use: Use
) -> None:
    limit = request_limits(MODELS[model], use).prompt_chars

    await check_accepted(service, request(model, use, prompt="灯" * limit))
    reason, sentence = await refusal(service, request(model, use, prompt="灯" * (limit + 1)))
    empty, _ = await refusal(service, request(model, use, prompt=" \n"))

    assert (reason, empty) == (Reason.PROMPT_TOO_LONG, Reason.PROMPT_EMPTY)
    assert str(limit) in sentence
    assert str(limit + 1) in sentence
    assert await no_quota_used_or_reserved(service)


@pytest.mark.parametrize(("model", "use"), MODELS_AND_USES)
async def test_a_negative_prompt_over_the_limit_or_for_a_model_without_one_is_refused(
    service: Service, model: str, use: Use
) -> None:
    limit = request_limits(MODELS[model], use).negative_chars

    if limit:
        await check_accepted(service, request(model, use, negative_prompt="y" * limit))
    reason, sentence = await refusal(service, request(model, use, negative_prompt="y" * (limit + 1)))

    alone = Reason.PARTS_CLASH if use is Use.IMAGE_SET else Reason.MODEL_TAKES_NO_NEGATIVE_PROMPT
    assert reason is (Reason.NEGATIVE_PROMPT_TOO_LONG if limit else alone)
    assert (str(limit) if limit else "an image set" if use is Use.IMAGE_SET else model) in sentence
    assert await no_quota_used_or_reserved(service)


@pytest.mark.parametrize(("model", "use"), MODELS_AND_USES)
async def test_input_images_up_to_the_limit_are_accepted_and_one_more_is_refused(
    service: Service, model: str, use: Use
) -> None:
    _, limit = MODELS[model].modes[use].images

    await check_accepted(service, request(model, use, images=limit))
    if use is Use.TEXT_TO_IMAGE and Use.IMAGE_EDITING in MODELS[model].modes:
        return
    reason, sentence = await refusal(service, request(model, use, images=limit + 1))

    assert reason is (Reason.MODEL_TAKES_NO_IMAGES if use is Use.TEXT_TO_IMAGE else Reason.TOO_MANY_IMAGES)
    assert (model if use is Use.TEXT_TO_IMAGE else str(limit)) in sentence
    assert await no_quota_used_or_reserved(service)


@pytest.mark.parametrize(("model", "use"), MODELS_AND_USES)
async def test_counts_and_seeds_outside_their_range_are_refused(service: Service, model: str, use: Use) -> None:
    limit = MODELS[model].modes[use].max_count

    await check_accepted(service, request(model, use, count=limit, seed=0))
    await check_accepted(service, request(model, use, count=1, seed=MAX_SEED))
    counts = [await refusal(service, request(model, use, count=count)) for count in (0, -1, limit + 1)]
    seeds = [await refusal(service, request(model, use, seed=seed)) for seed in (-1, MAX_SEED + 1)]

    assert {reason for reason, _ in counts} == {Reason.COUNT_OUT_OF_RANGE}
    assert {reason for reason, _ in seeds} == {Reason.SEED_OUT_OF_RANGE}
    assert all((f"1 to {limit}" if limit > 1 else "generates one") in sentence for _, sentence in counts)
    assert all(f"0 to {MAX_SEED}" in sentence for _, sentence in seeds)
    assert await no_quota_used_or_reserved(service)


@pytest.mark.parametrize("model", [name for name, model in MODELS.items() if Use.TEXT_TO_IMAGE not in model.modes])
async def test_a_model_that_only_edits_refuses_a_request_without_an_image(service: Service, model: str) -> None:
    reason, sentence = await refusal(service, request(model, Use.IMAGE_EDITING, images=0))

    assert reason is Reason.MODEL_NEEDS_IMAGE
    assert model in sentence
    assert "Attach an image" in sentence


@pytest.mark.parametrize(("model", "use"), MODELS_AND_USES)
async def test_the_aspect_ratio_of_the_input_is_refused_without_an_input_image(
    service: Service, model: str, use: Use
) -> None:
    if MODELS[model].modes[use].images[0]:
        return

    reason, _ = await refusal(service, request(model, use, images=0, aspect_ratio=AspectRatio.SAME))

    assert reason is Reason.ASPECT_RATIO_NEEDS_IMAGE
