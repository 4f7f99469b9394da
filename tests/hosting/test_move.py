"""``bot.py move``: what it says, and that no password is in it."""

from __future__ import annotations

from pathlib import Path

from tests.hosting.commands import bot
from tests.imagegen.store.full_books import put_full
from tests.postgres import Cluster


async def test_a_move_says_what_it_carried_and_what_to_do_next(tmp_path: Path, postgresql: Cluster) -> None:
    put_full(f"sqlite:///{tmp_path}/wanvas.db")
    target = postgresql.database()

    code, said = await bot(tmp_path, "move", DATABASE_URL="sqlite:///wanvas.db", MOVE_TO=target)
    audited = await bot(tmp_path, "audit", DATABASE_URL=target)
    check = await bot(tmp_path, "check", DATABASE_URL="sqlite:///wanvas.db")

    assert code == 0
    assert "jobs: 8 rows\n" in said
    assert "Moved 8 requests (" in said
    assert said.endswith(
        "All invariants hold in both databases.\n"
        "Every row was compared. Now set DATABASE_URL in .env to the new database, and start the bot.\n"
        "wanvas.db is unchanged. No bot starts on it while wanvas.db.moved is there.\n"
    )
    assert audited[1].startswith("All invariants hold (8 jobs, ")
    assert "it was moved to postgresql://localhost/" in check[1]


async def test_a_move_without_a_target_or_from_postgresql_says_what_to_do(tmp_path: Path, postgresql: Cluster) -> None:
    put_full(f"sqlite:///{tmp_path}/wanvas.db")

    without = await bot(tmp_path, "move", DATABASE_URL="sqlite:///wanvas.db")
    from_postgresql = await bot(tmp_path, "move", "--to", "postgresql://x/y", DATABASE_URL=postgresql.database())

    assert without == (
        2,
        "The move stopped: give the address of an empty database with --to, or in the variable MOVE_TO.\n",
    )
    assert from_postgresql[0] == 2
    assert from_postgresql[1].startswith("The move stopped: DATABASE_URL is not an SQLite file. `backup` and ")


async def test_no_sentence_of_a_move_holds_the_password(tmp_path: Path, postgresql: Cluster) -> None:
    put_full(f"sqlite:///{tmp_path}/wanvas.db")
    targets = [
        postgresql.database().replace("wanvas@", "wanvas:hunter2@"),
        f"postgresql://nobody:hunter2@/none?host={postgresql.folder}",
        "postgresql://u:hunter2@127.0.0.1:1/none",
        "mysql://u:hunter2@x/y",
        "postgresql://u:hunter2@[broken/y",
        "postgresql://u:p@hunter2/hunter2@host/y",
        "postgresql://u:hunter2@host:hunter2/y",
    ]

    said = [await bot(tmp_path, "move", "--to", target, DATABASE_URL="sqlite:///wanvas.db") for target in targets]

    assert [code for code, _ in said] == [0, 2, 1, 2, 1, 2, 2]
    assert all(words.splitlines()[-1].startswith("The move stopped: ") for code, words in said if code)
    assert "hunter2" not in str(said)
