"""Links of results: what they say of their lifetime, and where they lead. No link is in what is said."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from hosting.verify import wan_links
from hosting.verify.items import Verdict
from imagegen.wan.client import WanClient, new_session
from tests.hosting.verify.answers import RECEIVED_AT, answer

BASE_URL = "https://dashscope-intl.aliyuncs.com/api/v1"
TOMORROW = int(RECEIVED_AT.timestamp()) + 86_400
HOST = "dashscope-result-bj.oss-cn-beijing.aliyuncs.com"


@pytest.fixture
async def client() -> AsyncIterator[WanClient]:
    async with new_session() as session:
        yield WanClient(session, BASE_URL, SecretStr("sandbox-key"))


@pytest.mark.parametrize(
    ("query", "verdict", "seen"),
    [
        (f"Expires={TOMORROW}&Signature=s", Verdict.PASSED, "The links are valid for 24.0 h; 24 h are documented."),
        ("x-oss-date=20261129T115900Z&x-oss-expires=86400&x-oss-signature=s", Verdict.PASSED, "valid for 24.0 h"),
        ("x-oss-date=20261129T115900Z&x-oss-expires=3600", Verdict.FAILED, "valid for 1.0 h"),
        (f"Expires={TOMORROW - 90_000}", Verdict.FAILED, "valid for -1.0 h"),
        ("Signature=s", Verdict.FAILED, "1 of 1 links name no expiry."),
        ("Expires=soon", Verdict.FAILED, "name no expiry"),
        ("Expires=99999999999999999999", Verdict.FAILED, "name no expiry"),
        ("x-oss-date=2026&x-oss-expires=3600", Verdict.FAILED, "name no expiry"),
    ],
)
def test_the_lifetime_is_read_from_both_forms_of_a_signature(query: str, verdict: Verdict, seen: str) -> None:
    outcome = wan_links.lifetime([answer(f"https://{HOST}/a.png?{query}")])

    assert outcome.verdict is verdict
    assert seen in outcome.seen


def test_the_shortest_lifetime_decides() -> None:
    links = (f"https://{HOST}/a.png?Expires={TOMORROW}", f"https://{HOST}/b.png?Expires={TOMORROW - 7200}")

    outcome = wan_links.lifetime([answer(link) for link in links])

    assert (outcome.verdict, outcome.facts) == (Verdict.FAILED, {"least_h": 22.0})


@pytest.mark.parametrize(
    ("link", "verdict", "seen"),
    [
        (f"https://{HOST}/a.png?Signature=s3cret", Verdict.PASSED, f"The links lead to {HOST} with https."),
        (f"http://{HOST}/a.png?Signature=s3cret", Verdict.FAILED, "Wan sent links with http. The bot"),
        ("https://images.example/a.png?Signature=s3cret", Verdict.FAILED, "does not download from images.example."),
        ("https://user:s3cret@images.example/a.png", Verdict.FAILED, "does not download from images.example."),
        ("https://[broken/a.png?Signature=s3cret", Verdict.FAILED, "does not download from an unreadable address."),
    ],
)  # fmt: skip
async def test_scheme_and_host_are_judged_as_the_bot_downloads(
    client: WanClient, link: str, verdict: Verdict, seen: str
) -> None:
    outcome = wan_links.scheme_and_host([answer(link)], client, BASE_URL)

    assert outcome.verdict is verdict
    assert seen in outcome.seen
    assert "s3cret" not in repr(outcome)


async def test_a_flood_of_endless_links_is_judged_by_as_many_as_were_requested(client: WanClient) -> None:
    flood = answer(*(f"{'x' * 10**5}://{number}{'y' * 10**5}/a.png" for number in range(100)))

    outcomes = [wan_links.scheme_and_host([flood], client, BASE_URL), wan_links.lifetime([flood])]

    assert {outcome.verdict for outcome in outcomes} == {Verdict.FAILED}
    assert len(repr(outcomes)) < 1500


async def test_without_an_image_nothing_is_judged(client: WanClient) -> None:
    outcomes = [wan_links.scheme_and_host([answer()], client, BASE_URL), wan_links.lifetime([answer()])]

    assert {outcome.verdict for outcome in outcomes} == {Verdict.SKIPPED}
