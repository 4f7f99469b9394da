"""The table of the words of prompts, and what each database keeps beside it to search them.

On SQLite that is an FTS5 table without a content of its own, kept by triggers. On PostgreSQL that is a generated column
and its index: without the column, a search would split the words of each row again that it compares, for seconds.
https://www.sqlite.org/fts5.html#external_content_tables (2026-11-30)
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import DDL, Column, ExecutableDDLElement, ForeignKey, Table, event

from imagegen.store.columns import BigId, Code, metadata
from imagegen.store.tables_jobs import jobs

# The words of delivered results, as imagegen/policy/search_words.py writes them, until the prompt is erased.
prompt_words = Table(
    "prompt_words",
    metadata,
    Column("job_id", BigId, ForeignKey(jobs.c.id, ondelete="CASCADE"), primary_key=True),
    Column("words", Code, nullable=False),
)

FTS, TSV = "prompt_search", "words_tsv"
FTS_TABLES = frozenset({FTS, *(f"{FTS}_{part}" for part in ("data", "idx", "config"))})  # SQLite makes the others
_DELETED = f"INSERT INTO {FTS} ({FTS}, rowid, words) VALUES ('delete', old.job_id, old.words);"  # noqa: S608  # our own names
_ADDED = f"INSERT INTO {FTS} (rowid, words) VALUES (new.job_id, new.words);"  # noqa: S608  # our own names
MADE_BESIDE = {
    "sqlite": (
        f"CREATE VIRTUAL TABLE {FTS} USING fts5(words, content='prompt_words', content_rowid='job_id',"
        " tokenize='ascii', columnsize=0)",
        f"CREATE TRIGGER prompt_words_added AFTER INSERT ON prompt_words BEGIN {_ADDED} END",
        f"CREATE TRIGGER prompt_words_deleted AFTER DELETE ON prompt_words BEGIN {_DELETED} END",
        f"CREATE TRIGGER prompt_words_changed AFTER UPDATE ON prompt_words BEGIN {_DELETED} {_ADDED} END",
    ),
    "postgresql": (
        f"ALTER TABLE prompt_words ADD COLUMN {TSV} tsvector GENERATED ALWAYS AS (to_tsvector('simple', words)) STORED",
        f"CREATE INDEX ix_prompt_words_{TSV} ON prompt_words USING gin ({TSV})",
    ),
}


def _run_by(dialect: str, statement: str) -> ExecutableDDLElement:
    ddl: Any = DDL(statement)  # type: ignore[no-untyped-call]  # SQLAlchemy says nothing of its arguments
    found: ExecutableDDLElement = ddl.execute_if(dialect=dialect)
    return found


for _dialect, _statements in MADE_BESIDE.items():
    for _statement in _statements:
        event.listen(prompt_words, "after_create", _run_by(_dialect, _statement))
event.listen(prompt_words, "before_drop", _run_by("sqlite", f"DROP TABLE IF EXISTS {FTS}"))
