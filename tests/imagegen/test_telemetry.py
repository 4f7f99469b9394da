"""Secrets stay out of logs, and the health page tells the truth."""

import socket

import aiohttp
import pytest

from imagegen import telemetry


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("PATCH https://discord.com/api/v10/webhooks/1/aW50ZXJhY3Rpb24/messages/@original", "aW50ZXJhY3Rpb24"),
        ("POST /api/v10/interactions/7/aW50ZXJ/callback?with_response=1", "aW50ZXJ"),
        ("GET https://dashscope-result.oss.aliyuncs.com/1.png?Expires=1&Signature=s3cret gave 403", "s3cret"),
        ("POST https://discord.com/api/v10/webhooks/1/aW50ZXJhY3Rpb24?wait=true gave 404", "aW50ZXJhY3Rpb24"),
        ("Incorrect API key provided: sk-0123456789abcdef", "sk-0123456789abcdef"),
    ],
)
def test_tokens_keys_and_signed_links_are_removed_from_a_line(line: str, secret: str) -> None:
    assert secret not in telemetry.redact(line)


def test_what_is_no_secret_stays_readable() -> None:
    line = "GET https://cdn.discordapp.com/attachments/1/2/a.png gave 404"

    assert telemetry.redact(line) == line


async def test_the_health_page_names_each_part_that_is_not_healthy() -> None:
    troubles = ["gateway: not ready yet", "database: no answer within 2 s"]
    port = _free_port()

    async def look() -> list[str]:
        return troubles

    async with telemetry.health_server(port, look), aiohttp.ClientSession() as session:
        async with session.get(f"http://127.0.0.1:{port}/healthz") as before:
            assert before.status == 503
            assert await before.text() == "gateway: not ready yet\ndatabase: no answer within 2 s"
        troubles.clear()
        async with session.get(f"http://127.0.0.1:{port}/healthz") as after:
            assert after.status == 200
        async with session.get(f"http://127.0.0.1:{port}/metrics") as metrics:
            assert "wanvas_images_delivered_total" in await metrics.text()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
