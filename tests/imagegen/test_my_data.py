"""The document of a person has all their stored data, and nothing of other people."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest

from imagegen.image_request import ImageLink, InputImage
from imagegen.model import Job, Request
from imagegen.my_data import File, Room, collected
from imagegen.policy.server_settings import Consent, ServerSettings
from imagegen.store import admission, jobs, queue, server_settings
from imagegen.store.engine import Store, open_store
from tests.imagegen.store.books import PRICE, Books

T = TypeVar("T")

ANA, BO, SERVER = 1001, 1002, 7
ROOM = Room(files=10, file_bytes=1_000_000, together_bytes=3_000_000)
NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    opened = await open_store(url)
    yield opened
    await opened.close()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/mine.db"


ASKS = Books(engine=None)  # type: ignore[arg-type]  # only its asks are used


async def asked(store: Store, request: Request) -> Job:
    receipt = await store.write(admission.accept, request, plan=ASKS.plan(request), limits=ASKS.limits, now=NOW)
    return receipt.job


async def given(
    store: Store, user_id: int, owner_id: int | None, data: bytes = b"bytes", posted_by: int | None = None
) -> Job:
    """A request of *user_id* from an image that *owner_id* posted, read; *posted_by*, where it is an avatar."""
    request = ASKS.ask(user_id)
    link = ImageLink("https://cdn.discordapp.com/0.png?signed", "0.png", owner_id=owner_id, posted_by=posted_by)
    job = await asked(store, replace(request, image_request=replace(request.image_request, images=(link,))))
    reading = await store.write(queue.next_to_read, "one", now=NOW)
    assert isinstance(reading, Job)
    image = InputImage("data:image/png;base64," + base64.b64encode(data).decode(), 640, 480, ("turned",))
    await store.write(jobs.read, reading, [image], now=NOW)
    return job


async def of(store: Store, user_id: int, room: Room = ROOM) -> tuple[dict[str, Any], tuple[File, ...]]:
    """The document, and the images beside it."""
    document, *images = await collected(store, user_id, room, now=NOW)
    data = gzip.decompress(document.data) if document.name.endswith(".gz") else document.data
    return json.loads(data), tuple(images)


async def test_the_document_lists_the_persons_requests_with_the_quota_they_used(store: Store) -> None:
    request = ASKS.ask(ANA, count=2)
    job = await asked(
        store,
        replace(request, image_request=replace(request.image_request, prompt="a frog 青蛙", negative_prompt="rain")),
    )

    told, _ = await of(store, ANA)

    (request,) = told["requests"]
    assert (request["id"], request["state"], request["count"]) == (job.id, "queued", 2)
    assert (request["request"]["prompt"], request["request"]["negative_prompt"]) == ("a frog 青蛙", "rain")
    assert {"name": "person", "amount": 2} in [
        {"name": entry["name"], "amount": entry["amount"]} for entry in request["entries"]
    ]
    assert {row["name"] for row in told["counters"]} == {"member", "person", "attempts"}


@pytest.mark.parametrize(("weight", "image", "reserved"), [(50, 0.5, 1.5), (250, 2.5, 7.5), (100, 1, 3)])
async def test_the_document_counts_quota_in_images(store: Store, weight: int, image: float, reserved: float) -> None:
    request = ASKS.ask(ANA, count=3)
    plan = replace(ASKS.plan(request), weight=weight, input_price_microusd=500)
    await store.write(admission.accept, request, plan=plan, limits=ASKS.limits, now=NOW)

    told, _ = await of(store, ANA)

    (request,) = told["requests"]
    amounts = {entry["name"]: entry["amount"] for entry in request["entries"]}
    assert (request["weight"], amounts["person"], amounts["paid"]) == (image, reserved, reserved)
    assert (amounts["budget_day"], amounts["attempts"]) == (3 * PRICE + 500, 1)
    counted = {row["name"]: (row["reserved"], row["used"]) for row in told["counters"]}
    assert counted == {"member": (reserved, 0), "person": (reserved, 0), "attempts": (0, 1)}
    assert "adjustment" not in json.dumps(told)


async def test_the_document_lists_decisions_by_and_about_the_person(store: Store) -> None:
    await store.write(server_settings.set_consent, ANA, Consent.NEVER)
    await store.write(server_settings.set_blocked, SERVER, ANA, True, user_id=BO, now=NOW)
    await store.write(server_settings.set_settings, 8, ServerSettings(spoiler=True), user_id=ANA, now=NOW)

    told, _ = await of(store, ANA)

    assert told["decided"] == [{"consent": "never", "forget_before": None}]
    assert told["in_servers"] == [{"server_id": SERVER, "blocked": 1}]
    assert [change["what"] for change in told["changes_made"]] == ["spoiler"]
    assert [change["what"] for change in told["changes_about"]] == [f"blocked {ANA}"]


async def test_own_stored_images_are_attached_and_those_of_others_only_listed(store: Store) -> None:
    own, nobodys = await given(store, ANA, ANA, b"ana's"), await given(store, ANA, None, b"nobody's")
    await given(store, ANA, BO, b"bo's")

    told, images = await of(store, ANA)

    assert {image.name: image.data for image in images} == {
        f"input-{own.id}-1.png": b"ana's",
        f"input-{nobodys.id}-1.png": b"nobody's",
    }
    said = [request["input_images"][0]["posted_by_somebody_else"] for request in told["requests"]]
    assert said == [False, False, True]


async def test_an_own_image_in_anothers_request_is_listed_without_the_other_person(store: Store) -> None:
    await given(store, BO, ANA)

    told, images = await of(store, ANA)

    (there,) = told["images_in_others_requests"]
    assert (there["width_px"], there["is_kept"]) == (640, True)
    assert told["requests"] == []
    assert images == ()


async def test_an_avatar_that_the_person_posted_in_anothers_request_is_listed(store: Store) -> None:
    await given(store, BO, owner_id=9, posted_by=ANA)
    await given(store, BO, owner_id=BO, posted_by=BO)

    told, images = await of(store, ANA)

    assert [image["is_kept"] for image in told["images_in_others_requests"]] == [True]
    assert images == ()


async def test_the_document_has_no_secret_and_nothing_of_other_people(store: Store) -> None:
    await given(store, BO, ANA)
    await given(store, ANA, BO)
    request = ASKS.ask(ANA, images=1)
    await asked(store, replace(request, address=replace(request.address, application_id=9)))
    await store.write(server_settings.set_blocked, SERVER, ANA, True, user_id=BO, now=NOW)

    document, *_ = await collected(store, ANA, ROOM, now=NOW)

    assert str(BO).encode() not in document.data
    assert b"secret" not in document.data
    assert b"signed" not in document.data
    told = json.loads(document.data)
    assert told["requests"][-1]["address"] == {"channel_id": 5}


async def test_if_not_all_images_fit_the_newest_are_attached_and_the_rest_listed(store: Store) -> None:
    made = [await given(store, ANA, ANA, bytes(30_000)) for _ in range(5)]

    told, images = await of(store, ANA, Room(files=3, file_bytes=50_000, together_bytes=200_000))

    assert [image.name for image in images] == [f"input-{job.id}-1.png" for job in (made[4], made[3])]
    assert [image["attached"] for image in told["kept_input_images"]] == [True, True, False, False, False]


async def test_a_document_that_is_too_large_is_compressed_then_loses_its_oldest_requests(store: Store) -> None:
    for _ in range(8):
        await asked(store, ASKS.ask(ANA, scope="dm"))
    (whole,) = await collected(store, ANA, ROOM, now=NOW)

    small, _ = await of(store, ANA, replace(ROOM, file_bytes=len(whole.data) - 1))
    smaller, _ = await of(store, ANA, replace(ROOM, file_bytes=600))

    assert (len(small["requests"]), small["requests_left_out"]) == (8, 0)
    assert len(smaller["requests"]) + smaller["requests_left_out"] == 8
    assert smaller["requests_left_out"] > 0


async def test_the_document_of_a_person_without_requests_says_that_nothing_is_stored(store: Store) -> None:
    told, images = await of(store, ANA)

    assert images == ()
    assert not any(told[name] for name in ("requests", "counters", "decided", "in_servers", "changes_about"))
