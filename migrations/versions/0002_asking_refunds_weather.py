"""What asking, refunds and the operators' weather need; nothing that is in the journal is touched."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

IDENTITY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
DUE = sa.text("due_at IS NOT NULL")
UNDECIDED = sa.text("decision IS NULL")


def upgrade() -> None:
    op.add_column(
        "operator_accounts", sa.Column("counter", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.add_column("orders", sa.Column("refunds", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("review_items", sa.Column("evidence", sa.Text(), nullable=True))
    op.create_index(
        "reviews_to_decide",
        "review_items",
        ["order_id"],
        sqlite_where=UNDECIDED,
        postgresql_where=UNDECIDED,
    )
    for column in (
        sa.Column("rail", sa.String(length=40), nullable=True),
        sa.Column("handle", sa.String(length=200), nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("asked_at", MOMENT, nullable=True),
        sa.Column("empty", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("empty_since", MOMENT, nullable=True),
        sa.Column("last_word", sa.String(length=200), nullable=True),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False, server_default="0"),
    ):
        op.add_column("attempts", column)
    op.create_index("attempts_to_ask", "attempts", ["due_at"], sqlite_where=DUE, postgresql_where=DUE)
    op.create_index("attempts_by_handle", "attempts", ["account_id", "handle"])
    op.create_index("attempts_of_operator", "attempts", ["operator", "created_at"])
    # Attempts of before: the worker asks about them, or leaves them to a person, as it does with new ones.
    op.execute("UPDATE attempts SET due_at = CURRENT_TIMESTAMP WHERE NOT confirmed")
    op.create_table(
        "refunds",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("public_id", sa.String(length=40), nullable=False),
        sa.Column("merchant_id", IDENTITY, nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("order_id", IDENTITY, nullable=False),
        sa.Column("attempt_id", IDENTITY, nullable=False),
        sa.Column("account_id", IDENTITY, nullable=False),
        sa.Column("operator", sa.String(length=30), nullable=False),
        sa.Column("review_id", IDENTITY, nullable=True),
        sa.Column("once", sa.String(length=64), nullable=True),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("secret_digest", sa.String(length=64), nullable=True),
        sa.Column("handle", sa.String(length=200), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("fee", sa.BigInteger(), nullable=True),
        sa.Column("phone", sa.String(length=30), nullable=True),
        sa.Column("rail", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.Column("requested_by", sa.String(length=80), nullable=False),
        sa.Column("operator_reference", sa.String(length=100), nullable=True),
        sa.Column("failure_code", sa.String(length=40), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("last_word", sa.String(length=200), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("asked_at", MOMENT, nullable=True),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount > 0", name="refund_amount_positive"),
        sa.ForeignKeyConstraint(["account_id"], ["operator_accounts.id"]),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"]),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"]),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"]),
        sa.ForeignKeyConstraint(["review_id"], ["review_items.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("once"),
        sa.UniqueConstraint("public_id"),
        sa.UniqueConstraint("reference"),
        sa.UniqueConstraint("secret_digest"),
    )
    op.create_index("ix_refunds_order_id", "refunds", ["order_id"])
    op.create_index("ix_refunds_attempt_id", "refunds", ["attempt_id"])
    op.create_index("refunds_of_merchant", "refunds", ["merchant_id", "mode", "id"])
    op.create_index("refunds_by_status", "refunds", ["merchant_id", "mode", "status", "id"])
    op.create_index("refunds_due", "refunds", ["due_at"], sqlite_where=DUE, postgresql_where=DUE)
    # In SQL: the tools would copy SQLite's tables to add a foreign key, and the journal's guards would be lost.
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(f"ALTER TABLE journal ADD COLUMN refund_id {kind} REFERENCES refunds (id)")
    op.execute(f"ALTER TABLE notifications ADD COLUMN refund_id {kind} REFERENCES refunds (id)")
    if op.get_bind().dialect.name == "postgresql":  # SQLite holds nobody to the length
        for name in ("before", "after"):
            op.execute(f'ALTER TABLE journal ALTER COLUMN "{name}" TYPE VARCHAR(20)')
    op.create_index("ix_notifications_refund_id", "notifications", ["refund_id"])
    op.create_table(
        "weather",
        sa.Column("operator", sa.String(length=30), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("ended", sa.Integer(), nullable=False),
        sa.Column("paid", sa.Integer(), nullable=False),
        sa.Column("median_seconds", sa.Integer(), nullable=True),
        sa.Column("counted_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("operator", "mode"),
    )


def downgrade() -> None:
    """Refuse: what would be dropped is the record of other people's money."""
    raise RuntimeError("refunds cannot be unlearned")
