"""Whom the operator keeps from using the bot, in every server."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "blocks",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("its_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('server', 'person')", name=op.f("ck_blocks_kind")),
        sa.PrimaryKeyConstraint("kind", "its_id", name=op.f("pk_blocks")),
    )
