"""Shares of servers, and what they spend.

Only tables, a nullable column and rows are added. Each entry of the monthly budget gets an entry of its server's share
beside it, so that shares are exact from the first day, and again after the release before this one has run.
"""

import sqlalchemy as sa
from alembic import op

from imagegen.store.migrations.again import add_column

revision = "0002"
down_revision = "0001"

ENTRIES = """
    INSERT INTO ledger (job_id, name, subject, "window", send, entry, amount, at)
    SELECT l.job_id, 'share', j.scope, l."window", l.send, l.entry, l.amount, l.at
    FROM ledger l JOIN jobs j ON j.id = l.job_id
    LEFT JOIN ledger s ON s.job_id = l.job_id AND s.name = 'share' AND s.send = l.send AND s.entry = l.entry
    WHERE l.name = 'budget_month' AND s.id IS NULL ORDER BY l.id"""
COUNTERS = """
    INSERT INTO counters (name, subject, "window", reserved, used)
    SELECT 'share', l.subject, l."window",
      SUM(CASE WHEN l.entry = 'reserve' AND x.id IS NULL THEN l.amount ELSE 0 END),
      SUM(CASE WHEN l.entry = 'settle' THEN l.amount ELSE 0 END)
    FROM ledger l LEFT JOIN ledger x ON x.job_id = l.job_id AND x.name = l.name AND x.send = l.send
      AND x.entry IN ('settle', 'release')
    WHERE l.name = 'share' GROUP BY l.subject, l."window"
    ON CONFLICT (name, subject, "window") DO UPDATE
      SET reserved = excluded.reserved, used = excluded.used + counters.purged"""
PURGED = """
    INSERT INTO purged_spending ("window", scope, model, billed, delivered, microusd)
    SELECT c."window", '', '', 0, 0, c.purged - COALESCE(s.known, 0) FROM counters c
    LEFT JOIN (SELECT "window", SUM(microusd) AS known FROM purged_spending GROUP BY "window") s
      ON s."window" = c."window"
    WHERE c.name = 'budget_month' AND c.purged > COALESCE(s.known, 0)
    ON CONFLICT ("window", scope, model) DO UPDATE SET microusd = purged_spending.microusd + excluded.microusd"""


def upgrade() -> None:
    op.create_table(
        "purged_spending",
        sa.Column("window", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("billed", sa.BigInteger(), nullable=False),
        sa.Column("delivered", sa.BigInteger(), nullable=False),
        sa.Column("microusd", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("window", "scope", "model", name=op.f("pk_purged_spending")),
        if_not_exists=True,
    )
    op.create_table(
        "server_shares",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("microusd", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("microusd >= 0", name=op.f("ck_server_shares_microusd")),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_server_shares")),
        if_not_exists=True,
    )
    add_column("budget_alerts", sa.Column("limit_microusd", sa.BigInteger(), nullable=True))
    for statement in (ENTRIES, COUNTERS, PURGED):
        op.execute(statement)
