"""What is purged is found by an index: wishes to be forgotten, changes and grants by their time."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

WISHES = sa.text("forget_before IS NOT NULL")


def upgrade() -> None:
    op.create_index("ix_people_wishes", "people", ["forget_before"], sqlite_where=WISHES, postgresql_where=WISHES)
    op.create_index("ix_changes_at", "changes", ["at"])
    op.create_index("ix_grants_window", "grants", ["window"])
