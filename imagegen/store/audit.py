"""The invariants as SQL, for a live database: what it prints does not hold."""

from __future__ import annotations

from dataclasses import dataclass

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, select, text

from imagegen.errors import StoreUnavailable
from imagegen.store.engine import alembic_config, open_to_read
from imagegen.store.tables import ledger
from imagegen.store.tables_jobs import jobs

# Each query answers with the rows that break its sentence.
BOOKS = {
    "reserved + used is the ledger of its window": """
        SELECT c.name || ' ' || c.subject || ' ' || c."window" FROM counters c LEFT JOIN (
          SELECT l.name, l.subject, l."window",
            SUM(CASE WHEN l.entry = 'settle' THEN l.amount ELSE 0 END) AS used,
            SUM(CASE WHEN l.entry = 'reserve' AND x.id IS NULL THEN l.amount ELSE 0 END) AS reserved
          FROM ledger l
          LEFT JOIN ledger x ON x.job_id = l.job_id AND x.name = l.name AND x.send = l.send
            AND x.entry IN ('settle', 'release')
          GROUP BY l.name, l.subject, l."window"
        ) s ON s.name = c.name AND s.subject = c.subject AND s."window" = c."window"
        WHERE c.used <> COALESCE(s.used, 0) + c.purged OR c.reserved <> COALESCE(s.reserved, 0)""",
    "every entry of the ledger has its counter": """
        SELECT DISTINCT l.name || ' ' || l.subject || ' ' || l."window" FROM ledger l LEFT JOIN counters c
          ON c.name = l.name AND c.subject = l.subject AND c."window" = l."window" WHERE c.name IS NULL""",
    "every job holds of its person, its attempts and, for each time it is sent, what that may cost": """
        SELECT j.id FROM jobs j LEFT JOIN ledger h ON h.job_id = j.id AND h.entry = 'reserve'
          AND h.name IN ('person', 'attempts', 'paid', 'budget_day', 'budget_month')
        GROUP BY j.id, j.in_doubt HAVING COUNT(h.id) <> 5 + 3 * j.in_doubt
          OR SUM(CASE WHEN h.send = 2 THEN 1 ELSE 0 END) <> 3 * j.in_doubt""",
    "what is held is what was asked for": """
        SELECT j.id FROM jobs j JOIN ledger h ON h.job_id = j.id AND h.entry = 'reserve'
        WHERE h.amount <> CASE WHEN h.name IN ('person', 'server', 'paid') THEN j.count
          WHEN h.name IN ('budget_day', 'budget_month') THEN j.count * j.price_microusd
          WHEN h.name = 'attempts' THEN 1 ELSE h.amount END""",
    "a member's day and grant together hold what was asked for": """
        SELECT j.id FROM jobs j JOIN ledger h ON h.job_id = j.id AND h.entry = 'reserve'
          AND h.name IN ('member', 'grant')
        GROUP BY j.id, j.count HAVING SUM(h.amount) <> j.count""",
    "what is closed was held, in the same window": """
        SELECT x.job_id FROM ledger x LEFT JOIN ledger h ON h.job_id = x.job_id AND h.name = x.name
          AND h.subject = x.subject AND h."window" = x."window" AND h.send = x.send AND h.entry = 'reserve'
        WHERE x.entry IN ('settle', 'release') AND h.id IS NULL""",
    "an attempt is counted at once": """
        SELECT h.job_id FROM ledger h LEFT JOIN ledger x ON x.job_id = h.job_id AND x.name = h.name
          AND x.entry IN ('settle', 'release')
        WHERE h.name = 'attempts' AND h.entry = 'reserve' AND COALESCE(x.amount, 0) <> 1""",
    "an allowance is closed exactly when its job has ended": """
        SELECT j.id FROM jobs j JOIN ledger h ON h.job_id = j.id AND h.entry = 'reserve'
          AND h.name IN ('member', 'grant', 'person', 'server')
        LEFT JOIN ledger x ON x.job_id = j.id AND x.name = h.name AND x.entry IN ('settle', 'release')
        WHERE (j.ended_at IS NOT NULL) <> (x.id IS NOT NULL)""",
    "what is settled was shown, or is counted though its place was closed": """
        SELECT j.id FROM jobs j JOIN ledger x ON x.job_id = j.id AND x.entry IN ('settle', 'release')
          AND x.name IN ('person', 'server')
        WHERE x.amount <> COALESCE(j.delivered, j.used_undelivered, 0)""",
    "a result is counted without being shown exactly when its place was closed": """
        SELECT id FROM jobs WHERE (used_undelivered > 0 AND failure_reason <> 'channel_closed')
          OR (used_undelivered = 0 AND failure_reason = 'channel_closed' AND story_so_far IS NULL)""",
    "a member's day and grant together are what is settled": """
        SELECT j.id FROM jobs j JOIN ledger x ON x.job_id = j.id AND x.entry IN ('settle', 'release')
          AND x.name IN ('member', 'grant')
        GROUP BY j.id, j.delivered, j.used_undelivered
          HAVING SUM(x.amount) <> COALESCE(j.delivered, j.used_undelivered, 0)""",
    "money is closed exactly when it is known, that of a send which a kill cut at once": """
        SELECT j.id FROM jobs j JOIN ledger h ON h.job_id = j.id AND h.entry = 'reserve'
          AND h.name IN ('paid', 'budget_day', 'budget_month')
        LEFT JOIN ledger x ON x.job_id = j.id AND x.name = h.name AND x.send = h.send
          AND x.entry IN ('settle', 'release')
        WHERE (j.generated_at IS NOT NULL OR j.ended_at IS NOT NULL OR h.send <= j.in_doubt) <> (x.id IS NOT NULL)""",
    "money is what Wan bills, all or nothing where no image came, and all of what a kill cut": """
        SELECT j.id FROM jobs j JOIN ledger x ON x.job_id = j.id AND x.entry IN ('settle', 'release')
          AND x.name IN ('budget_day', 'budget_month')
        WHERE CASE WHEN x.send <= j.in_doubt THEN x.amount <> j.count * j.price_microusd
          WHEN j.generated_at IS NOT NULL THEN x.amount <> COALESCE(j.image_count, j.count) * j.price_microusd
          ELSE x.amount NOT IN (0, j.count * j.price_microusd) END""",
    "a person's paid images are what Wan bills, like the money": """
        SELECT j.id FROM jobs j JOIN ledger x ON x.job_id = j.id AND x.entry IN ('settle', 'release')
          AND x.name = 'paid'
        WHERE CASE WHEN x.send <= j.in_doubt THEN x.amount <> j.count
          WHEN j.generated_at IS NOT NULL THEN x.amount <> COALESCE(j.image_count, j.count)
          ELSE x.amount NOT IN (0, j.count) END""",
}
LIVES = {
    "what was made has been sent": """
        SELECT id FROM jobs WHERE (state IN ('generated', 'done') AND generated_at IS NULL)
          OR (generated_at IS NOT NULL AND submitting_at IS NULL)""",
    "what waits to be sent has no task": """
        SELECT id FROM jobs WHERE state IN ('requested', 'queued') AND remote_id IS NOT NULL""",
    "a task is one job's": """
        SELECT MIN(id) FROM jobs WHERE remote_id IS NOT NULL GROUP BY remote_id HAVING COUNT(*) > 1""",
    "only an end is told, and who was told is nobody's any more": """
        SELECT id FROM jobs WHERE notified_at IS NOT NULL AND (ended_at IS NULL OR owner IS NOT NULL)""",
    "whoever owns a job has taken it": "SELECT id FROM jobs WHERE owner IS NOT NULL AND epoch < 1",
    "only an ask with images waits for them to be read": """
        SELECT id FROM jobs WHERE state = 'requested' AND input_count = 0""",
    "what may be sent has its images": """
        SELECT j.id FROM jobs j LEFT JOIN inputs i ON i.job_id = j.id AND i.data_uri IS NOT NULL
        WHERE j.state IN ('queued', 'submitting', 'submitted')
        GROUP BY j.id, j.input_count HAVING COUNT(i.job_id) <> j.input_count""",
    "only a story comes in parts, and only what was sent can be cut": """
        SELECT id FROM jobs WHERE ("call" = 'sync' AND story_so_far IS NOT NULL)
          OR (stop_reason IS NOT NULL AND generated_at IS NULL)""",
    "only a story and a task whose id is known are asked to stop": """
        SELECT id FROM jobs WHERE cancel_requested_at IS NOT NULL
          AND ("call" = 'sync' OR ("call" = 'task' AND remote_id IS NULL))""",
    "only a task whose id is known is running": """
        SELECT id FROM jobs WHERE running_at IS NOT NULL AND remote_id IS NULL""",
    "nobody waits for a turn that was not given": """
        SELECT j.id FROM jobs j LEFT JOIN turns t ON t.user_id = j.user_id AND t.model = j.model
        LEFT JOIN model_queues n ON n.model = j.model
        WHERE j.state IN ('requested', 'queued') AND j.turn > COALESCE(t.turn, n.turn, 0)""",
    "nobody waits twice for the same turn": """
        SELECT MIN(id) FROM jobs WHERE state IN ('requested', 'queued')
        GROUP BY user_id, model, turn HAVING COUNT(*) > 1""",
}
INVARIANTS = {**BOOKS, **LIVES}


@dataclass(frozen=True)
class Audited:
    """What an audit found: a sentence a broken invariant, over so many jobs and entries of the ledger."""

    broken: tuple[str, ...]
    jobs: int
    entries: int


def audit(tx: Connection) -> tuple[str, ...]:
    """One sentence a broken invariant, with the first rows that break it; empty when the books are right."""
    broken = []
    for sentence, query in INVARIANTS.items():
        if rows := [str(row[0]) for row in tx.execute(text(query)).fetchmany(5)]:
            broken.append(f"not so: {sentence} ({', '.join(rows)})")
    return tuple(broken)


def audited(url: str) -> Audited:
    """Audit the database at *url* as it stands now, in one snapshot, beside whoever uses it. Writes nothing.

    StoreUnavailable, in words, when it cannot be read, or its schema is not this code's.
    """
    with open_to_read(url) as tx:
        _check_schema(tx)
        counts = [tx.execute(select(func.count()).select_from(table)).scalar_one() for table in (jobs, ledger)]
        return Audited(audit(tx), *counts)


def _check_schema(tx: Connection) -> None:
    found = MigrationContext.configure(tx).get_current_revision()
    ours = ScriptDirectory.from_config(alembic_config(tx.engine)).get_current_head()
    if found != ours:
        raise StoreUnavailable(f"its schema is {found or 'none of ours'} and this code's is {ours}; start the bot once")
