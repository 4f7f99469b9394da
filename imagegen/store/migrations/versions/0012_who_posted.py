"""Who posted the avatar of another person: both are asked whether it may be edited."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("inputs", sa.Column("posted_by", sa.BigInteger(), nullable=True))
