import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import Engine, make_url
from sqlalchemy.exc import OperationalError

from imagegen.store.backup import write_backup
from imagegen.store.engine import upgrade
from imagegen.store.postgresql import postgresql_engine
from tests.imagegen.store.books import NOON, Books, empty, open_books
from tests.imagegen.store.full_books import put_full
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


@pytest.fixture(scope="session")
def _taken_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("taken")
    put_full(f"sqlite:///{folder}/wanvas.db")
    write_backup(f"sqlite:///{folder}/wanvas.db", folder / "taken", replace=False, now=NOON)
    return folder / "taken"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the name of a backup that a test writes."""
    return tmp_path / "wanvas.backup"


@pytest.fixture
def taken(_taken_once: Path, file: Path) -> Path:
    """Return a backup of a full database."""
    shutil.copy(_taken_once, file)
    return file
