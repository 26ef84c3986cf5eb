"""What a store tells shoppers about its terms and their data, and how long it keeps the latter."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("merchants", sa.Column("terms", sa.Text(), nullable=False, server_default=""))
    op.add_column("merchants", sa.Column("privacy", sa.Text(), nullable=False, server_default=""))
    op.add_column("merchants", sa.Column("keep_days", sa.Integer(), nullable=True))
    op.add_column("merchants", sa.Column("forgotten_to", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    for column in ("forgotten_to", "keep_days", "privacy", "terms"):
        op.drop_column("merchants", column)
