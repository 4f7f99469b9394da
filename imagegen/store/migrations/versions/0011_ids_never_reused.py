"""SQLite never gives an id out again. PostgreSQL's sequences never did."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for table in ("jobs", "ledger", "grants", "changes"):
        with op.batch_alter_table(table, recreate="always", table_kwargs={"sqlite_autoincrement": True}):
            pass  # the copy continues behind the largest id that the table holds
