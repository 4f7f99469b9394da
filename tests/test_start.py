"""What a start loads: each package costs time at every start, and memory for as long as the bot runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from imagegen.store.engine import open_store

ROOT = Path(__file__).parent.parent
# Opens a database as a start does, with everything imported that the bot imports.
PROGRAM = """
import asyncio, sys
import bot
from imagegen.store.engine import open_store

async def main():
    await (await open_store(sys.argv[1])).close()

asyncio.run(main())
print(*sorted({name.split(".")[0] for name in sys.modules}))
"""
# Each with the occasion on which it is loaded.
NOT_AT_A_START = {"alembic": "a migration", "confusable_homoglyphs": "tests"}


async def test_a_start_loads_no_package_that_it_does_not_need(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/wanvas.db"
    await (await open_store(url)).close()

    done = subprocess.run(  # noqa: ASYNC221, S603  # nothing else runs on this loop
        [sys.executable, "-c", PROGRAM, url], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert not NOT_AT_A_START.keys() & set(done.stdout.split())
