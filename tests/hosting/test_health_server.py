"""The health page tells the truth."""

import socket

import aiohttp

from hosting.health_server import health_server


async def test_the_health_page_names_each_part_that_is_not_healthy() -> None:
    troubles = ["gateway: not ready yet", "database: no answer within 2 s"]
    port = _free_port()

    async def look() -> list[str]:
        return troubles

    async with health_server(port, look), aiohttp.ClientSession() as session:
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
