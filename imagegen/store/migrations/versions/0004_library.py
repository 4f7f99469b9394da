"""What a person made can be found by its words, and forgotten."""

import json
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("prompt_folded", sa.Text(), nullable=True))
    op.create_index("ix_jobs_of", "jobs", ["user_id", "id"])
    op.create_index("ix_jobs_in", "jobs", ["scope", "id"])
    op.add_column("people", sa.Column("forget_before", sa.BigInteger(), nullable=True))
    _fold_prompts()


def _fold_prompts() -> None:
    jobs = sa.table("jobs", sa.column("id"), sa.column("request"), sa.column("prompt_folded"))
    tx = op.get_bind()
    for row in tx.execute(sa.select(jobs.c.id, jobs.c.request)).all():
        folded = unicodedata.normalize("NFKC", json.loads(row.request).get("prompt", "")).casefold()
        tx.execute(sa.update(jobs).where(jobs.c.id == row.id).values(prompt_folded=folded))
