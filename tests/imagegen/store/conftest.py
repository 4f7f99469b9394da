from collections.abc import Iterator
from contextlib import suppress

import pytest
from sqlalchemy import Engine, make_url
from sqlalchemy.exc import OperationalError

from imagegen.store.engine import upgrade
from imagegen.store.postgresql import postgresql_engine
from tests.imagegen.store.books import Books, empty, open_books
from tests.postgres import Cluster


@pytest.fixture
def books(database: str, request: pytest.FixtureRequest) -> Books:
    return Books(request.getfixturevalue("emptied" if database == "postgresql" else "emptied_file"))


@pytest.fixture(scope="session")
def _file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_books(tmp_path_factory.mktemp("books")).engine
    yield engine
    engine.dispose()


@pytest.fixture
def emptied_file(_file: Engine) -> Engine:
    """Return an SQLite database whose tables are empty and count from one."""
    empty(_file)
    return _file


@pytest.fixture(scope="session")
def _migrated(postgresql: Cluster) -> Iterator[Engine]:
    engine = postgresql_engine(make_url(postgresql.database()))
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def emptied(_migrated: Engine) -> Engine:
    """Return a PostgreSQL database whose tables are empty and count from one."""
    with suppress(OperationalError):
        empty(_migrated)
        return _migrated
    empty(_migrated)  # another test had stopped the server: this connection is a new one
    return _migrated
