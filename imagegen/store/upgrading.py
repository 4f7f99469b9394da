"""Bring a database to the newest revision with Alembic.

Import this where there is a migration to run: Alembic takes 50 ms and 7 MB, and most starts find nothing to do.
"""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine

from imagegen.errors import StoreUnusable
from imagegen.store.revision import NEWER


def alembic_config(engine: Engine) -> Config:
    """Return the configuration with which Alembic finds the migrations and uses *engine*."""
    config = Config()
    config.set_main_option("script_location", "imagegen:store/migrations")
    config.attributes["engine"] = engine
    return config


def run_migrations(engine: Engine) -> None:
    """Run the missing migrations. StoreUnusable if the schema is newer than this code."""
    try:
        command.upgrade(alembic_config(engine), "head")
    except CommandError as error:
        raise StoreUnusable(NEWER) from error


def run_migrations_in(tx: Connection, to: str = "head") -> None:
    """Run the missing migrations up to the revision *to* inside the transaction *tx*. On SQLite, without its keys."""
    config = alembic_config(tx.engine)
    config.attributes["connection"] = tx
    command.upgrade(config, to)


def check_known(revision: str, engine: Engine) -> None:
    """Raise StoreUnusable unless there is a migration with this *revision*."""
    scripts = ScriptDirectory.from_config(alembic_config(engine))
    if revision not in {script.revision for script in scripts.walk_revisions()}:
        raise StoreUnusable(NEWER)
