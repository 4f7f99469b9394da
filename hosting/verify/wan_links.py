"""Judge the links to results that Wan sent: scheme, host, expiry. The links are signed, so an outcome shows none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from hosting.verify.items import Outcome, failed, passed, skipped
from hosting.verify.wan_calls import Answer
from imagegen.wan.client import WanClient

# Wan keeps links and tasks for 24 h, so the bot can still deliver a result that Discord did not take for hours.
# https://help.aliyun.com/zh/model-studio/wan-image-generation-api-reference (2026-11-22)
LIFETIME = timedelta(hours=23)
MAX_SCHEME_CHARS = 10
MAX_HOST_CHARS = 253  # of a name in the DNS
UNREADABLE = "an unreadable address"
NO_IMAGE = skipped("No earlier item brought an image.")


def scheme_and_host(answers: Sequence[Answer], client: WanClient, base_url: str) -> Outcome:
    """Return whether links have the scheme of the endpoint, and a host that the bot downloads from."""
    links = [link for answer in answers for link in answer.links]
    if not links:
        return NO_IMAGE
    ours, schemes = urlsplit(base_url).scheme, {link.partition(":")[0][:MAX_SCHEME_CHARS].lower() for link in links}
    hosts, foreign = _hosts(links), _hosts(link for link in links if client.fetch_url(link) is None)
    facts = {"hosts": hosts, "schemes": _listed(schemes)}
    if foreign:
        return failed(f"The bot does not download from {foreign}. Attach this report to an issue.", **facts)
    if others := schemes - {ours}:
        return failed(f"Wan sent links with {_listed(others)}. The bot downloads them with {ours}.", **facts)
    return passed(f"The links lead to {hosts} with {ours}.", **facts)


def lifetime(answers: Sequence[Answer]) -> Outcome:
    """Return whether links name their expiry and live for a day."""
    lifetimes = [_lifetime(link, answer.received_at) for answer in answers for link in answer.links]
    if not lifetimes:
        return NO_IMAGE
    known = [found for found in lifetimes if found is not None]
    if len(known) < len(lifetimes):
        return failed(f"{len(lifetimes) - len(known)} of {len(lifetimes)} links name no expiry.")
    hours = min(known) / timedelta(hours=1)
    judged = passed if min(known) >= LIFETIME else failed
    return judged(f"The links are valid for {hours:.1f} h; 24 h are documented.", least_h=hours)


def _hosts(links: Iterable[str]) -> str:
    return _listed(_host(link) for link in links)


def _host(link: str) -> str:
    """Return where a link leads, without a name and password that it may have."""
    try:
        return urlsplit(link).netloc.rpartition("@")[2][:MAX_HOST_CHARS] or UNREADABLE
    except ValueError:
        return UNREADABLE


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(set(names)))


def _lifetime(link: str, received_at: datetime) -> timedelta | None:
    """Return how long a link is valid; None if it does not say so.

    OSS signs in two ways: ``Expires`` in seconds since 1970, or ``x-oss-date`` and ``x-oss-expires`` in seconds.
    https://help.aliyun.com/zh/oss/developer-reference/add-signatures-to-urls (2026-11-22)
    """
    try:
        query = {name.lower(): values[0] for name, values in parse_qs(urlsplit(link).query).items()}
        if "expires" in query:
            return datetime.fromtimestamp(int(query["expires"]), UTC) - received_at
        signed_at = datetime.strptime(query["x-oss-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return signed_at + timedelta(seconds=int(query["x-oss-expires"])) - received_at
    except (KeyError, ValueError, OverflowError, OSError):
        return None
