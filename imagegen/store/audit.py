"""The invariants as SQL, for a live database: what it prints does not hold."""

from __future__ import annotations

from sqlalchemy import Connection, text

# Each query answers with the rows that break its sentence.
INVARIANTS = {
    "held + used is the ledger of its window": """
        SELECT c.name || ' ' || c.subject || ' ' || c."window" FROM counters c LEFT JOIN (
          SELECT l.name, l.subject, l."window",
            SUM(CASE WHEN l.entry = 'settle' THEN l.amount ELSE 0 END) AS used,
            SUM(CASE WHEN l.entry = 'hold' AND NOT EXISTS (
              SELECT 1 FROM ledger x WHERE x.job_id = l.job_id AND x.name = l.name AND x.entry <> 'hold'
            ) THEN l.amount ELSE 0 END) AS held
          FROM ledger l GROUP BY l.name, l.subject, l."window"
        ) s ON s.name = c.name AND s.subject = c.subject AND s."window" = c."window"
        WHERE c.used <> COALESCE(s.used, 0) OR c.held <> COALESCE(s.held, 0)""",
    "every entry of the ledger has its counter": """
        SELECT DISTINCT l.name || ' ' || l.subject || ' ' || l."window" FROM ledger l LEFT JOIN counters c
          ON c.name = l.name AND c.subject = l.subject AND c."window" = l."window" WHERE c.name IS NULL""",
    "every job holds for its person": """
        SELECT j.id FROM jobs j WHERE NOT EXISTS (
          SELECT 1 FROM ledger l WHERE l.job_id = j.id AND l.name = 'person' AND l.entry = 'hold')""",
    "an allowance is closed exactly when its job has ended": """
        SELECT j.id FROM jobs j JOIN ledger h ON h.job_id = j.id AND h.entry = 'hold'
          AND h.name IN ('member', 'grant', 'person', 'server')
        LEFT JOIN ledger x ON x.job_id = j.id AND x.name = h.name AND x.entry <> 'hold'
        WHERE (j.ended_at IS NOT NULL) <> (x.id IS NOT NULL)""",
    "money is closed exactly when it is known": """
        SELECT j.id FROM jobs j JOIN ledger h ON h.job_id = j.id AND h.entry = 'hold'
          AND h.name IN ('money_day', 'money_month')
        LEFT JOIN ledger x ON x.job_id = j.id AND x.name = h.name AND x.entry <> 'hold'
        WHERE (j.made_at IS NOT NULL OR j.ended_at IS NOT NULL) <> (x.id IS NOT NULL)""",
    "what is settled was shown": """
        SELECT j.id FROM jobs j JOIN ledger l ON l.job_id = j.id AND l.entry = 'settle'
          AND l.name IN ('person', 'server')
        WHERE j.state <> 'done' OR l.amount <> j.shown""",
    "a member's day and grant together are what was shown": """
        SELECT j.id FROM jobs j JOIN ledger l ON l.job_id = j.id AND l.entry = 'settle'
          AND l.name IN ('member', 'grant')
        GROUP BY j.id, j.state, j.shown HAVING j.state <> 'done' OR SUM(l.amount) <> j.shown""",
}


def audit(tx: Connection) -> tuple[str, ...]:
    """One sentence a broken invariant, with the first rows that break it; empty when the books are right."""
    broken = []
    for sentence, query in INVARIANTS.items():
        if rows := [str(row[0]) for row in tx.execute(text(query)).fetchmany(5)]:
            broken.append(f"not so: {sentence} ({', '.join(rows)})")
    return tuple(broken)
