from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, make_url, text

from imagegen.store.engine import upgrade
from imagegen.store.postgresql import postgresql_engine
from imagegen.store.tables import SCHEMA
from tests.imagegen.store.books import Books, open_books
from tests.postgres import Cluster


@pytest.fixture
def books(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Books]:
    if database == "postgresql":
        yield Books(request.getfixturevalue("emptied"))
        return
    found = open_books(tmp_path)
    yield found
    found.engine.dispose()


@pytest.fixture(scope="session")
def _migrated(postgresql: Cluster) -> Iterator[Engine]:
    engine = postgresql_engine(make_url(postgresql.database()))
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def emptied(_migrated: Engine) -> Engine:
    """Return a PostgreSQL database whose tables are empty and count from one."""
    _migrated.dispose()  # another test may have stopped the server under its connections
    names = ", ".join(SCHEMA.tables)
    with _migrated.begin() as tx:
        tx.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    return _migrated


@pytest.fixture
def url(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Return the DATABASE_URL of an empty database."""
    if database == "postgresql":
        empty: str = request.getfixturevalue("postgresql").database()
        return empty
    return f"sqlite:///{tmp_path}/deep/wanvas.db"
