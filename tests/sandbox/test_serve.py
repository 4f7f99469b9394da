"""Any other Discord program or Wan client can use the sandbox."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import aiohttp
import pytest

ROOT = Path(__file__).parents[2]


async def started(**environment: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", "serve",
        cwd=ROOT, env={**os.environ, **environment}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def test_serve_prints_every_address_and_stops_on_a_signal() -> None:
    process = await started()
    assert process.stdout is not None
    lines = [(await process.stdout.readline()).decode().strip() for _ in range(8)]
    where = dict(line.split("=", 1) for line in lines)

    assert list(where) == ["rest", "gateway", "cdn", "wan", "control", "outside", "token", "key"]
    assert where["wan"].endswith("/api/v1")
    assert all("127.0.0.1" in where[name] for name in ("rest", "gateway", "cdn", "wan", "control", "outside"))
    async with aiohttp.ClientSession() as session:
        bot = {"Authorization": f"Bot {where['token']}"}
        async with session.get(f"{where['rest']}/users/@me", headers=bot) as me:
            assert (me.status, (await me.json())["username"]) == (200, "wanvas")
        async with session.get(f"{where['wan']}/tasks", headers={"Authorization": f"Bearer {where['key']}"}) as tasks:
            assert tasks.status == 200
        async with session.get(f"{where['rest']}/users/@me", headers={"Authorization": "Bot real"}) as refused:
            assert refused.status == 401
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0


async def test_a_missing_description_stops_the_sandbox() -> None:
    process = await started(DISCORD_OPENAPI=str(ROOT / "nowhere.json"))

    assert await process.wait() != 0


@pytest.mark.parametrize("address", ["https://discord.com/api/v10", "http://10.0.0.1/"])
async def test_the_launcher_refuses_addresses_off_this_machine(address: str) -> None:
    names = {name: "http://127.0.0.1:1" for name in ("WANVAS_SANDBOX_GATEWAY", "WANVAS_SANDBOX_CDN")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox.launch", "bot.py",
        cwd=ROOT, env={**os.environ, **names, "WANVAS_SANDBOX_REST": address}, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, error = await process.communicate()

    assert process.returncode != 0
    assert b"is not on this machine" in error
