"""Quotas in hundredths of an image, and the price of input images.

Only columns are added, with a default that is right for all that the release before this one writes: its images have
the weight 100, and its requests no price of input images. The adjustments of a weighted request that it settled, sent
again or purged are made when this runs again (docs/decisions/0041-quota-in-weights.md).
"""

import sqlalchemy as sa
from alembic import op

from imagegen.store.migrations.again import add_column

revision = "0003"
down_revision = "0002"

SAME = 'counters.name = s.name AND counters.subject = s.subject AND counters."window" = s."window"'
DAY_AND_GRANT = """
    SELECT job_id, SUM(CASE WHEN entry <> 'reserve' THEN amount ELSE 0 END) AS images,
      SUM(CASE WHEN name = 'member' AND entry = 'reserve' THEN amount * 100 + adjustment ELSE 0 END) AS own
    FROM ledger WHERE name IN ('member', 'grant') GROUP BY job_id"""
# Each entry of a weighted request, with the adjustment that it must have.
RIGHT = f"""
    SELECT l.id, l.name, l.subject, l."window", l.entry, l.adjustment AS was, CASE
      WHEN l.name IN ('person', 'server', 'paid') THEN l.amount * (j.weight - 100)
      WHEN l.name IN ('share', 'budget_day', 'budget_month')
        THEN CASE WHEN l.entry = 'reserve' OR paid.amount > 0 THEN j.input_price_microusd ELSE 0 END
      WHEN l.name NOT IN ('member', 'grant') OR l.entry = 'reserve' THEN l.adjustment
      WHEN l.name = 'member'
        THEN CASE WHEN d.images * j.weight < d.own THEN d.images * j.weight ELSE d.own END - l.amount * 100
      ELSE CASE WHEN d.images * j.weight > d.own THEN d.images * j.weight - d.own ELSE 0 END - l.amount * 100
      END AS adjustment
    FROM jobs j JOIN ledger l ON l.job_id = j.id LEFT JOIN ({DAY_AND_GRANT}) d ON d.job_id = j.id
    LEFT JOIN ledger paid ON paid.job_id = j.id AND paid.name = 'paid' AND paid.send = l.send
      AND paid.entry IN ('settle', 'release')
    WHERE j.weight <> 100 OR j.input_price_microusd <> 0"""  # noqa: S608  # our own words
USED = f"""
    UPDATE counters SET used_adjustment = used_adjustment + s.more FROM (
      SELECT name, subject, "window", SUM(adjustment - was) AS more FROM ({RIGHT}) r
      WHERE entry <> 'reserve' AND adjustment <> was GROUP BY name, subject, "window") s WHERE {SAME}"""  # noqa: S608  # our own terms
ENTRIES = f"""
    UPDATE ledger SET adjustment = r.adjustment, entry = CASE WHEN ledger.entry = 'reserve' THEN 'reserve'
      WHEN ledger.amount = 0 AND r.adjustment = 0 THEN 'release' ELSE 'settle' END
    FROM ({RIGHT}) r WHERE ledger.id = r.id AND r.adjustment <> r.was"""  # noqa: S608  # our own terms
OPEN = """COALESCE((
      SELECT SUM(l.adjustment) FROM ledger l LEFT JOIN ledger x ON x.job_id = l.job_id AND x.name = l.name
        AND x.send = l.send AND x.entry IN ('settle', 'release')
      WHERE l.name = counters.name AND l.subject = counters.subject AND l."window" = counters."window"
        AND l.entry = 'reserve' AND x.id IS NULL), 0)"""
RESERVED = f"""
    UPDATE counters SET reserved_adjustment = {OPEN}
    WHERE (reserved <> 0 OR reserved_adjustment <> 0) AND reserved_adjustment <> {OPEN}"""  # noqa: S608  # our own terms
DELETED = """used_adjustment - COALESCE((
      SELECT SUM(l.adjustment) FROM ledger l WHERE l.name = counters.name AND l.subject = counters.subject
        AND l."window" = counters."window" AND l.entry = 'settle'), 0)"""
PURGED = f"""
    UPDATE counters SET purged_adjustment = {DELETED}
    WHERE (purged <> 0 OR used_adjustment <> 0 OR purged_adjustment <> 0) AND purged_adjustment <> {DELETED}"""  # noqa: S608  # our own terms
BILLS = """
    INSERT INTO purged_spending ("window", scope, model, billed, delivered, microusd, adjustment)
    SELECT c."window", '', '', 0, 0, 0, c.purged_adjustment - COALESCE(s.known, 0) FROM counters c
    LEFT JOIN (SELECT "window", SUM(adjustment) AS known FROM purged_spending GROUP BY "window") s
      ON s."window" = c."window"
    WHERE c.name = 'budget_month' AND c.purged_adjustment <> COALESCE(s.known, 0)
    ON CONFLICT ("window", scope, model) DO UPDATE
      SET adjustment = purged_spending.adjustment + excluded.adjustment"""


def upgrade() -> None:
    add_column("jobs", sa.Column("weight", sa.Integer(), nullable=False, server_default="100"))
    add_column("jobs", _amount("input_price_microusd"))
    for table in ("ledger", "purged_spending"):
        add_column(table, _amount("adjustment"))
    for name in ("reserved", "used", "purged"):
        add_column("counters", _amount(f"{name}_adjustment"))
    for statement in (USED, ENTRIES, RESERVED, PURGED, BILLS):
        op.execute(statement)


def _amount(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")
