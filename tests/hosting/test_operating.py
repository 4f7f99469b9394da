"""Run the commands of docs/operating.md, which do what the page says."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path

from imagegen.store import admission
from imagegen.store.audit import audited
from imagegen.store.engine import Store, open_store
from tests.imagegen.store.books import Books
from tests.postgres import Cluster, binaries

PAGE = (Path(__file__).parent.parent.parent / "docs/operating.md").read_text(encoding="utf-8")


def command(begins: str) -> str:
    """Return the one command of the page that begins with *begins*."""
    (line,) = re.findall(rf"^    ({begins} .*)$", PAGE, re.MULTILINE)
    return str(line)


async def run(line: str, folder: Path, **env: str) -> None:
    path = f"{binaries()}:{os.environ['PATH']}"
    process = await asyncio.create_subprocess_shell(line, cwd=folder, env={"PATH": path, **env})
    assert await process.wait() == 0


async def ask(store: Store) -> None:
    books = Books(engine=None)  # type: ignore[arg-type]  # only its asks are used
    asked = books.ask()
    await store.write(admission.accept, asked, plan=books.plan(asked), limits=books.limits, now=books.now)


async def test_a_backup_of_sqlite_beside_the_running_bot_is_whole(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/data/wanvas.db")
    await ask(store)

    await run(command("python3"), tmp_path)

    found = audited(f"sqlite:///{tmp_path}/backup.db")
    assert (found.broken, found.jobs) == ((), 1)
    await store.close()


async def test_a_backup_of_postgresql_beside_the_running_bot_is_whole(tmp_path: Path, postgresql: Cluster) -> None:
    url, empty = postgresql.database(), postgresql.database()
    store = await open_store(url)
    await ask(store)

    await run(command("pg_dump"), tmp_path, DATABASE_URL=url)
    await run(command("psql"), tmp_path, DATABASE_URL=empty)

    found = audited(empty)
    assert (found.broken, found.jobs) == ((), 1)
    await store.close()
