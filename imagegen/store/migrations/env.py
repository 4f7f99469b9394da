"""Alembic's entrance: runs on the engine that the store opened."""

from alembic import context

from imagegen.store.tables import metadata

with context.config.attributes["engine"].connect() as connection:
    # SQLite alters a table by copying it, which batch mode writes out.
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
