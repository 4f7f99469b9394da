"""The invariants of quota, budget and jobs as SQL, to check a live database."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select, text

from imagegen.errors import StoreUnusable
from imagegen.model import UNITS_PER_IMAGE
from imagegen.policy.quota import IN_UNITS
from imagegen.store import revision
from imagegen.store.columns import one_of
from imagegen.store.engine import open_to_read
from imagegen.store.tables import ledger
from imagegen.store.tables_jobs import jobs

UNITS = f"CASE WHEN {one_of('name', IN_UNITS)} THEN {UNITS_PER_IMAGE} ELSE 1 END"  # as quota.units_of
# Each query returns the rows for which its sentence is false.
ACCOUNTING = {
    "reserved + used is the ledger of its window": """
        SELECT c.name || ' ' || c.subject || ' ' || c."window" FROM counters c LEFT JOIN (
          SELECT l.name, l.subject, l."window",
            SUM(CASE WHEN l.entry = 'settle' THEN l.amount ELSE 0 END) AS used,
            SUM(CASE WHEN l.entry = 'settle' THEN l.adjustment ELSE 0 END) AS used_adjustment,
            SUM(CASE WHEN l.entry = 'reserve' AND x.id IS NULL THEN l.amount ELSE 0 END) AS reserved,
            SUM(CASE WHEN l.entry = 'reserve' AND x.id IS NULL THEN l.adjustment ELSE 0 END) AS reserved_adjustment
          FROM ledger l
          LEFT JOIN ledger x ON x.job_id = l.job_id AND x.name = l.name AND x.send = l.send
            AND x.entry IN ('settle', 'release')
          GROUP BY l.name, l.subject, l."window"
        ) s ON s.name = c.name AND s.subject = c.subject AND s."window" = c."window"
        WHERE c.used <> COALESCE(s.used, 0) + c.purged OR c.reserved <> COALESCE(s.reserved, 0)
          OR c.used_adjustment <> COALESCE(s.used_adjustment, 0) + c.purged_adjustment
          OR c.reserved_adjustment <> COALESCE(s.reserved_adjustment, 0)""",
    "with its adjustment, no counter is below zero": f"""
        SELECT name || ' ' || subject || ' ' || "window" FROM counters
        WHERE used * {UNITS} + used_adjustment < 0 OR reserved * {UNITS} + reserved_adjustment < 0
          OR purged * {UNITS} + purged_adjustment < 0""",  # noqa: S608  # our own words
    "every entry of the ledger has its counter": """
        SELECT DISTINCT l.name || ' ' || l.subject || ' ' || l."window" FROM ledger l LEFT JOIN counters c
          ON c.name = l.name AND c.subject = l.subject AND c."window" = l."window" WHERE c.name IS NULL""",
    "every job reserves its person's quota, an attempt and, for each time it is sent, what that may cost": """
        SELECT j.id FROM jobs j LEFT JOIN ledger h ON h.job_id = j.id AND h.entry = 'reserve'
          AND h.name IN ('person', 'attempts', 'paid', 'share', 'budget_day', 'budget_month')
        GROUP BY j.id, j.in_doubt HAVING COUNT(h.id) <> 6 + 4 * j.in_doubt
          OR SUM(CASE WHEN h.send = 2 THEN 1 ELSE 0 END) <> 4 * j.in_doubt""",
    "what is reserved is what was requested": """
        SELECT j.id FROM jobs j JOIN ledger h ON h.job_id = j.id AND h.entry = 'reserve'
        WHERE h.amount <> CASE WHEN h.name IN ('person', 'server', 'paid') THEN j.count
          WHEN h.name IN ('share', 'budget_day', 'budget_month') THEN j.count * j.price_microusd
          WHEN h.name = 'attempts' THEN 1 ELSE h.amount END""",
    "a reservation is adjusted by the weight of its images, or by the price of its input images": """
        SELECT j.id FROM jobs j JOIN ledger h ON h.job_id = j.id AND h.entry = 'reserve'
        WHERE h.adjustment <> CASE WHEN h.name IN ('person', 'server', 'paid') THEN j.count * (j.weight - 100)
          WHEN h.name IN ('share', 'budget_day', 'budget_month') THEN j.input_price_microusd
          WHEN h.name = 'attempts' THEN 0 ELSE h.adjustment END""",
    "a member's day and grant together reserve what was requested": """
        SELECT j.id FROM jobs j JOIN ledger h ON h.job_id = j.id AND h.entry = 'reserve'
          AND h.name IN ('member', 'grant')
        GROUP BY j.id, j.count, j.weight HAVING SUM(h.amount) <> j.count
          OR SUM(h.adjustment) <> j.count * (j.weight - 100)""",
    "what is settled was reserved, in the same window": """
        SELECT x.job_id FROM ledger x LEFT JOIN ledger h ON h.job_id = x.job_id AND h.name = x.name
          AND h.subject = x.subject AND h."window" = x."window" AND h.send = x.send AND h.entry = 'reserve'
        WHERE x.entry IN ('settle', 'release') AND h.id IS NULL""",
    "an attempt is used at once": """
        SELECT h.job_id FROM ledger h LEFT JOIN ledger x ON x.job_id = h.job_id AND x.name = h.name
          AND x.entry IN ('settle', 'release')
        WHERE h.name = 'attempts' AND h.entry = 'reserve' AND COALESCE(x.amount, 0) <> 1""",
    "a quota is settled exactly when its job has ended": """
        SELECT j.id FROM jobs j JOIN ledger h ON h.job_id = j.id AND h.entry = 'reserve'
          AND h.name IN ('member', 'grant', 'person', 'server')
        LEFT JOIN ledger x ON x.job_id = j.id AND x.name = h.name AND x.entry IN ('settle', 'release')
        WHERE (j.ended_at IS NOT NULL) <> (x.id IS NOT NULL)""",
    "what is settled was delivered, or is used because the channel was closed": """
        SELECT j.id FROM jobs j JOIN ledger x ON x.job_id = j.id AND x.entry IN ('settle', 'release')
          AND x.name IN ('person', 'server')
        WHERE x.amount <> COALESCE(j.delivered, j.used_undelivered, 0)
          OR x.adjustment <> x.amount * (j.weight - 100)""",
    "an undelivered result uses quota exactly when the channel was closed": """
        SELECT id FROM jobs WHERE (used_undelivered > 0 AND failure_reason <> 'channel_closed')
          OR (used_undelivered = 0 AND failure_reason = 'channel_closed' AND story_so_far IS NULL)""",
    "a member's day and grant together are what was delivered": """
        SELECT j.id FROM jobs j JOIN ledger x ON x.job_id = j.id AND x.entry IN ('settle', 'release')
          AND x.name IN ('member', 'grant')
        GROUP BY j.id, j.delivered, j.used_undelivered, j.weight
          HAVING SUM(x.amount) <> COALESCE(j.delivered, j.used_undelivered, 0)
            OR SUM(x.adjustment) <> SUM(x.amount) * (j.weight - 100)""",
    "input images are paid once for each send that may have been billed": """
        SELECT j.id FROM jobs j JOIN ledger x ON x.job_id = j.id AND x.entry IN ('settle', 'release')
          AND x.name IN ('share', 'budget_day', 'budget_month')
        LEFT JOIN ledger p ON p.job_id = j.id AND p.name = 'paid' AND p.send = x.send
          AND p.entry IN ('settle', 'release')
        WHERE x.adjustment <> CASE WHEN p.amount > 0 THEN j.input_price_microusd ELSE 0 END""",
    "budget is settled exactly when its cost is known, for a send that a kill interrupted at once": """
        SELECT j.id FROM jobs j JOIN ledger h ON h.job_id = j.id AND h.entry = 'reserve'
          AND h.name IN ('paid', 'share', 'budget_day', 'budget_month')
        LEFT JOIN ledger x ON x.job_id = j.id AND x.name = h.name AND x.send = h.send
          AND x.entry IN ('settle', 'release')
        WHERE (j.generated_at IS NOT NULL OR j.ended_at IS NOT NULL OR h.send <= j.in_doubt) <> (x.id IS NOT NULL)""",
    "budget is what Wan bills, all or nothing if no image came, and all of a send that a kill interrupted": """
        SELECT j.id FROM jobs j JOIN ledger x ON x.job_id = j.id AND x.entry IN ('settle', 'release')
          AND x.name IN ('share', 'budget_day', 'budget_month')
        WHERE CASE WHEN x.send <= j.in_doubt THEN x.amount <> j.count * j.price_microusd
          WHEN j.generated_at IS NOT NULL THEN x.amount <> COALESCE(j.image_count, j.count) * j.price_microusd
          ELSE x.amount NOT IN (0, j.count * j.price_microusd) END""",
    "each entry of the monthly budget is one of the share of the job's server too": """
        SELECT job_id FROM ledger WHERE name IN ('budget_month', 'share')
        GROUP BY job_id, send, entry, amount, adjustment, "window"
          HAVING SUM(CASE name WHEN 'share' THEN 1 ELSE -1 END) < 0
        UNION ALL
        SELECT s.job_id FROM ledger s JOIN jobs j ON j.id = s.job_id WHERE s.name = 'share' AND s.subject <> j.scope""",
    "what deleted jobs cost stays on the bills of their month": """
        SELECT c."window" FROM counters c LEFT JOIN purged_spending s ON s."window" = c."window"
        WHERE c.name = 'budget_month' GROUP BY c."window", c.purged, c.purged_adjustment
          HAVING c.purged <> COALESCE(SUM(s.microusd), 0) OR c.purged_adjustment <> COALESCE(SUM(s.adjustment), 0)""",
    "a person's paid images are what Wan bills, like the budget": """
        SELECT j.id FROM jobs j JOIN ledger x ON x.job_id = j.id AND x.entry IN ('settle', 'release')
          AND x.name = 'paid'
        WHERE CASE WHEN x.send <= j.in_doubt THEN x.amount <> j.count
          WHEN j.generated_at IS NOT NULL THEN x.amount <> COALESCE(j.image_count, j.count)
          ELSE x.amount NOT IN (0, j.count) END OR x.adjustment <> x.amount * (j.weight - 100)""",
}
STATES = {
    "what was generated was sent": """
        SELECT id FROM jobs WHERE (state IN ('generated', 'done') AND generated_at IS NULL)
          OR (generated_at IS NOT NULL AND submitting_at IS NULL)""",
    "a waiting job has no task": """
        SELECT id FROM jobs WHERE state IN ('requested', 'queued') AND remote_id IS NOT NULL""",
    "a task belongs to one job": """
        SELECT MIN(id) FROM jobs WHERE remote_id IS NOT NULL GROUP BY remote_id HAVING COUNT(*) > 1""",
    "only an ended job is notified, and no process owns a notified job": """
        SELECT id FROM jobs WHERE notified_at IS NOT NULL AND (ended_at IS NULL OR owner IS NOT NULL)""",
    "an owned job was claimed": "SELECT id FROM jobs WHERE owner IS NOT NULL AND epoch < 1",
    "only a request with images waits for their download": """
        SELECT id FROM jobs WHERE state = 'requested' AND input_count = 0""",
    "a job that may be sent has its input images": """
        SELECT j.id FROM jobs j LEFT JOIN inputs i ON i.job_id = j.id AND i.data_uri IS NOT NULL
        WHERE j.state IN ('queued', 'submitting', 'submitted')
        GROUP BY j.id, j.input_count HAVING COUNT(i.job_id) <> j.input_count""",
    "only a story comes in parts, and only a job that was sent is stopped early": """
        SELECT id FROM jobs WHERE ("call" = 'sync' AND story_so_far IS NOT NULL)
          OR (stop_reason IS NOT NULL AND generated_at IS NULL)""",
    "only a story, or a task with an id, is to be canceled": """
        SELECT id FROM jobs WHERE cancel_requested_at IS NOT NULL
          AND ("call" = 'sync' OR ("call" = 'task' AND remote_id IS NULL))""",
    "only a task with an id is running": """
        SELECT id FROM jobs WHERE running_at IS NOT NULL AND remote_id IS NULL""",
    "no job waits for a turn that was not given out": """
        SELECT j.id FROM jobs j LEFT JOIN turns t ON t.user_id = j.user_id AND t.model = j.model
        LEFT JOIN model_queues n ON n.model = j.model
        WHERE j.state IN ('requested', 'queued') AND j.turn > COALESCE(t.turn, n.turn, 0)""",
    "only a generated result is held, and its managers have an undecided card": """
        SELECT j.id FROM jobs j LEFT JOIN review_cards c ON c.job_id = j.id AND c.kind = 'hold'
        WHERE j.review = 'held' AND (j.state <> 'generated' OR c.message_id IS NULL OR c.decision IS NOT NULL)""",
    "only a shown result is delivered, and a withheld one has failed": """
        SELECT id FROM jobs WHERE (state = 'done' AND review <> 'shown')
          OR (review = 'withheld' AND (state <> 'failed' OR used_undelivered > 0))""",
    "no member waits twice for the same turn": """
        SELECT MIN(id) FROM jobs WHERE state IN ('requested', 'queued')
        GROUP BY user_id, model, turn HAVING COUNT(*) > 1""",
}
INVARIANTS = {**ACCOUNTING, **STATES}


@dataclass(frozen=True)
class AuditReport:
    """What an audit found: one sentence for each broken invariant, and how many jobs and ledger entries it read."""

    broken: tuple[str, ...]
    jobs: int
    entries: int


def audit(tx: Connection) -> tuple[str, ...]:
    """Return a sentence for each broken invariant, with the first rows that break it. Empty if all invariants hold."""
    broken = []
    for sentence, query in INVARIANTS.items():
        if rows := [str(row[0]) for row in tx.execute(text(query)).fetchmany(5)]:
            broken.append(f"not so: {sentence} ({', '.join(rows)})")
    return tuple(broken)


def audited(url: str) -> AuditReport:
    """Audit one snapshot of the database at *url* while the bot runs. Write nothing.

    StoreUnavailable if the database cannot be read, or has the schema of another version.
    """
    with open_to_read(url, lasting=True) as tx:
        check_schema(tx)
        counts = [tx.execute(select(func.count()).select_from(table)).scalar_one() for table in (jobs, ledger)]
        return AuditReport(audit(tx), *counts)


def check_schema(tx: Connection) -> None:
    """Raise StoreUnusable unless the database has the schema of this version, or of the next one."""
    found = revision.look(tx)
    if found is not None and (found.is_newest or found.is_of_next_release):
        return
    if found is not None and found.older is not None:
        raise StoreUnusable("an older version ran on it last; start the bot once, which completes its rows")
    has = "none" if found is None else found.revision
    raise StoreUnusable(f"its schema is {has} and this code's is {revision.NEWEST}; start the bot once")
