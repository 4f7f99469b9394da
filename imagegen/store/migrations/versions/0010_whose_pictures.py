"""Whose the given images are, so that a later wish of their owner is known."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("inputs", sa.Column("owner_id", sa.BigInteger(), nullable=True))
