"""What a start loads: each package costs time at every start, and memory for as long as the bot runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
# Opens a new database and then an existing one, with everything imported that the bot imports.
PROGRAM = """
import asyncio, sys
import bot
from imagegen.store.engine import open_store

async def main():
    for _ in range(2):
        await (await open_store("sqlite:///wanvas.db")).close()

asyncio.run(main())
print(*sys.modules)
"""
# Each with the occasion on which it is loaded.
NOT_AT_A_START = {
    "aiohttp.web": "the health page",
    "alembic": "a migration",
    "confusable_homoglyphs": "tests",
    "rich": "never",
    "sqlalchemy.dialects.postgresql": "a database on PostgreSQL",
    "sqlalchemy.orm": "never",
}


def test_a_start_loads_no_package_that_it_does_not_need(tmp_path: Path) -> None:
    done = subprocess.run(  # noqa: S603  # a program of ours
        [sys.executable, "-c", PROGRAM], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert not NOT_AT_A_START.keys() & set(done.stdout.split())


def test_what_the_imports_made_is_never_looked_at_again_and_garbage_is_collected() -> None:
    program = "import bot, gc; print(gc.isenabled(), gc.get_freeze_count() > 50_000, len(gc.get_objects()) < 20_000)"

    done = subprocess.run(  # noqa: S603  # a program of ours
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout == "True True True\n"
