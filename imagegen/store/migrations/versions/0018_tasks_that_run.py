"""When Wan began a task: until then it can be canceled."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("running_at", sa.BigInteger(), nullable=True))
