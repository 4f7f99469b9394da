"""PostgreSQL: one database for any number of equal processes."""

from __future__ import annotations

from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.exc import ArgumentError

from imagegen.errors import StoreUnusable

DRIVERS = ("postgresql", "postgresql+psycopg")
THREADS = 4  # for writing, and as many for reading: eight connections a process

# Every wait has a limit: for a connection, a lock, an answer, a silent peer.
# https://www.postgresql.org/docs/15/runtime-config-client.html (2026-11-24)
# https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-PARAMKEYWORDS (2026-11-24)
SESSION = "-c statement_timeout=10s -c lock_timeout=5s -c idle_in_transaction_session_timeout=20s"
CONNECT = {
    "connect_timeout": 5,
    "application_name": "wanvas",
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}


def postgresql_engine(url: URL) -> Engine:
    """Return an engine in READ COMMITTED: each statement sees what was committed before it, and the row it waited for.

    StoreUnusable for a driver other than psycopg 3, if that is not installed, or if the address has no sense.
    """
    if url.drivername not in DRIVERS:
        raise StoreUnusable("PostgreSQL is reached with psycopg 3: DATABASE_URL=postgresql://user:password@host/name")
    session = " ".join(part for part in (SESSION, url.query.get("options")) if isinstance(part, str))
    try:
        return create_engine(
            url.set(drivername="postgresql+psycopg").difference_update_query(["options"]),
            isolation_level="READ COMMITTED",
            connect_args={**CONNECT, "options": session},
            pool_size=2 * THREADS,
            max_overflow=0,
            hide_parameters=True,  # prompts and tokens are among them
        )
    except ImportError as error:
        raise StoreUnusable("PostgreSQL needs its driver: pip install -r requirements-postgres.txt") from error
    except ArgumentError as error:
        raise StoreUnusable(f"{error}; check its address") from None


def reader_of(engine: Engine) -> Engine:
    """Return the same engine for transactions that only read: each sees one snapshot and cannot write."""
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
