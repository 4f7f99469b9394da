"""Rows of jobs that were purged go too: SQLite did not hold to its foreign keys after a start."""

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for table in ("inputs", "continuations"):
        op.execute(f"DELETE FROM {table} WHERE job_id NOT IN (SELECT id FROM jobs)")  # noqa: S608  # names of ours
