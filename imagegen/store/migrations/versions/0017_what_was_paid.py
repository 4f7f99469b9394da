"""What was paid: images generated for a person, a hold for each send, images counted though not delivered."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

HOLD, CLOSE = sa.text("entry = 'hold'"), sa.text("entry IN ('settle', 'return')")
# Each old job holds its images of the new counter too, where and when it holds those of its person ...
HOLDS = """
    INSERT INTO ledger (job_id, name, subject, "window", entry, amount, at)
    SELECT job_id, 'paid', subject, "window", 'hold', amount, at FROM ledger
    WHERE name = 'person' AND entry = 'hold' ORDER BY id"""
# ... closed when and as its money was.
CLOSES = """
    INSERT INTO ledger (job_id, name, subject, "window", entry, amount, at)
    SELECT p.job_id, 'paid', p.subject, p."window", m.entry,
      CASE WHEN m.entry = 'return' THEN 0 WHEN j.made_at IS NULL THEN j.count ELSE COALESCE(j.image_count, j.count) END,
      m.at
    FROM ledger p JOIN jobs j ON j.id = p.job_id
    JOIN ledger m ON m.job_id = p.job_id AND m.name = 'money_day' AND m.entry IN ('settle', 'return')
    WHERE p.name = 'paid' AND p.entry = 'hold' ORDER BY p.id"""
COUNTERS = """
    INSERT INTO counters (name, subject, "window", held, used)
    SELECT h.name, h.subject, h."window",
      SUM(CASE WHEN c.id IS NULL THEN h.amount ELSE 0 END), COALESCE(SUM(c.amount), 0)
    FROM ledger h LEFT JOIN ledger c ON c.job_id = h.job_id AND c.name = 'paid' AND c.entry IN ('settle', 'return')
    WHERE h.name = 'paid' AND h.entry = 'hold' GROUP BY 1, 2, 3"""


def upgrade() -> None:
    with op.batch_alter_table("jobs", table_kwargs={"sqlite_autoincrement": True}) as jobs:
        jobs.add_column(sa.Column("defects", sa.Integer(), nullable=False, server_default="0"))
        jobs.add_column(sa.Column("counted", sa.Integer(), nullable=True))
        jobs.drop_constraint(op.f("ck_jobs_numbers"), type_="check")
    op.execute("UPDATE jobs SET counted = 0 WHERE state = 'failed' AND made_at IS NOT NULL")
    with op.batch_alter_table("jobs", table_kwargs={"sqlite_autoincrement": True}) as jobs:
        jobs.create_check_constraint(
            op.f("ck_jobs_numbers"), "count >= 1 AND input_count >= 0 AND in_doubt <= 1 AND defects >= 0"
        )
        jobs.create_check_constraint(op.f("ck_jobs_counted_within_count"), "counted >= 0 AND counted <= count")
        jobs.create_check_constraint(
            op.f("ck_jobs_made_and_failed"),
            "(state = 'failed' AND made_at IS NOT NULL) = (counted IS NOT NULL)",
        )
    for name in ("uq_ledger_hold", "uq_ledger_close"):
        op.drop_index(name, "ledger")
    with op.batch_alter_table("ledger", table_kwargs={"sqlite_autoincrement": True}) as ledger:
        ledger.add_column(sa.Column("send", sa.Integer(), nullable=False, server_default="1"))
        ledger.create_check_constraint(op.f("ck_ledger_send"), "send IN (1, 2)")
    for name, where in (("uq_ledger_hold", HOLD), ("uq_ledger_close", CLOSE)):
        columns = ["job_id", "name", "send"]
        op.create_index(name, "ledger", columns, unique=True, sqlite_where=where, postgresql_where=where)
    for statement in (HOLDS, CLOSES, COUNTERS):
        op.execute(statement)
