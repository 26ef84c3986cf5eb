"""Which sites of a store may open the checkout in a window of its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("merchants", sa.Column("sites", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    """Take the list away again: an order keeps the site that opened it."""
    op.drop_column("merchants", "sites")
