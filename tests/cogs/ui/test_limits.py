"""Every limit of every model is checked before anything is held, and its sentence names it."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import aiohttp
import pytest
from pydantic import SecretStr

from cogs.text import formatters
from imagegen.address import Address
from imagegen.errors import Reason, Refused
from imagegen.model import AspectRatio, ImageLink, ImageRequest, Request, Requester, Scope
from imagegen.service import Service
from imagegen.settings import Settings
from imagegen.store.engine import open_store
from imagegen.wan.catalogue import MAX_SEED, MODELS, Use, request_limits
from imagegen.wan.client import WanClient

KEYS = itertools.count()
EVERY = [pytest.param(model.name, use, id=f"{model.name}, {use}") for model in MODELS.values() for use in model.modes]


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    plenty = {"member_images_per_day": 10_000, "person_images_per_day": 10_000, "queued_per_member": 100}
    url = "http://127.0.0.1:9/api/v1"
    settings = Settings(_env_file=None, dashscope_http_base_url=url, models=tuple(MODELS), **plenty)  # type: ignore[arg-type]  # by name
    store = await open_store(f"sqlite:///{tmp_path}/limits.db")
    async with aiohttp.ClientSession() as session:
        yield Service(store, settings, WanClient(session, url, SecretStr("k")), rng=Random(1))
    await store.close()


def request(model: str, use: Use, images: int | None = None, prompt: str = "x", **more: object) -> ImageRequest:
    count = MODELS[model].modes[use].images[0] if images is None else images
    links = tuple(ImageLink(f"https://cdn.discordapp.com/{n}.png", f"{n}.png") for n in range(count))
    return ImageRequest(prompt, links, model=model, story=use is Use.STORY, **more)  # type: ignore[arg-type]  # by name


async def accepted(service: Service, asked: ImageRequest) -> None:
    receipt = await service.submit(Request(f"i:{next(KEYS)}", Requester(1, Scope(7)), asked, Address()))
    await service.cancel(receipt.job.id)


async def refusal(service: Service, asked: ImageRequest) -> tuple[Reason, str]:
    """Why *asked* is refused at once, and when it is submitted all the same; and what its requester reads."""
    ask = Request(f"i:{next(KEYS)}", Requester(1, Scope(7)), asked, Address())
    with pytest.raises(Refused) as at_once:
        await service.precheck(ask)
    with pytest.raises(Refused) as refused:
        await service.submit(ask)
    assert at_once.value.facts == refused.value.facts
    return refused.value.reason, formatters.sentence(refused.value)


async def nothing_is_held(service: Service) -> bool:
    allowances = await service.quota(Requester(1, Scope(7)))
    return all(left.reserved == 0 and left.used == 0 for left in allowances if left.name != "attempts")


@pytest.mark.parametrize(("model", "use"), EVERY)
async def test_words_to_the_limit_are_taken_and_one_more_is_refused(service: Service, model: str, use: Use) -> None:
    most = request_limits(MODELS[model], use).prompt_chars

    await accepted(service, request(model, use, prompt="灯" * most))
    reason, sentence = await refusal(service, request(model, use, prompt="灯" * (most + 1)))
    empty, _ = await refusal(service, request(model, use, prompt=" \n"))

    assert (reason, empty) == (Reason.PROMPT_TOO_LONG, Reason.PROMPT_EMPTY)
    assert str(most) in sentence
    assert str(most + 1) in sentence
    assert await nothing_is_held(service)


@pytest.mark.parametrize(("model", "use"), EVERY)
async def test_words_to_avoid_have_their_limit_or_no_place_at_all(service: Service, model: str, use: Use) -> None:
    most = request_limits(MODELS[model], use).negative_chars

    if most:
        await accepted(service, request(model, use, negative_prompt="y" * most))
    reason, sentence = await refusal(service, request(model, use, negative_prompt="y" * (most + 1)))

    assert reason is (Reason.NEGATIVE_PROMPT_TOO_LONG if most else Reason.MODEL_TAKES_NO_NEGATIVE_PROMPT)
    assert (str(most) if most else model) in sentence
    assert await nothing_is_held(service)


@pytest.mark.parametrize(("model", "use"), EVERY)
async def test_images_to_the_limit_are_taken_and_one_more_is_refused(service: Service, model: str, use: Use) -> None:
    _, most = MODELS[model].modes[use].images

    await accepted(service, request(model, use, images=most))
    if use is Use.TEXT_TO_IMAGE and Use.IMAGE_EDITING in MODELS[model].modes:
        return
    reason, sentence = await refusal(service, request(model, use, images=most + 1))

    assert reason is (Reason.MODEL_TAKES_NO_IMAGES if use is Use.TEXT_TO_IMAGE else Reason.TOO_MANY_IMAGES)
    assert (model if use is Use.TEXT_TO_IMAGE else str(most)) in sentence
    assert await nothing_is_held(service)


@pytest.mark.parametrize(("model", "use"), EVERY)
async def test_counts_and_seeds_outside_their_range_are_refused(service: Service, model: str, use: Use) -> None:
    most = MODELS[model].modes[use].max_count

    await accepted(service, request(model, use, count=most, seed=0))
    await accepted(service, request(model, use, count=1, seed=MAX_SEED))
    counts = [await refusal(service, request(model, use, count=count)) for count in (0, -1, most + 1)]
    seeds = [await refusal(service, request(model, use, seed=seed)) for seed in (-1, MAX_SEED + 1)]

    assert {reason for reason, _ in counts} == {Reason.COUNT_OUT_OF_RANGE}
    assert {reason for reason, _ in seeds} == {Reason.SEED_OUT_OF_RANGE}
    assert all(f"1 to {most}" in sentence for _, sentence in counts)
    assert all(f"0 to {MAX_SEED}" in sentence for _, sentence in seeds)
    assert await nothing_is_held(service)


@pytest.mark.parametrize("model", [name for name, model in MODELS.items() if Use.TEXT_TO_IMAGE not in model.modes])
async def test_a_model_that_only_changes_images_says_so(service: Service, model: str) -> None:
    reason, sentence = await refusal(service, request(model, Use.IMAGE_EDITING, images=0))

    assert reason is Reason.MODEL_NEEDS_IMAGE
    assert model in sentence
    assert "Attach an image" in sentence


@pytest.mark.parametrize(("model", "use"), EVERY)
async def test_a_shape_that_follows_an_image_needs_one(service: Service, model: str, use: Use) -> None:
    if MODELS[model].modes[use].images[0]:
        return

    reason, _ = await refusal(service, request(model, use, images=0, aspect_ratio=AspectRatio.SAME))

    assert reason is Reason.ASPECT_RATIO_NEEDS_IMAGE
