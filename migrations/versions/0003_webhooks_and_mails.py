"""What webhooks, mails, keys that end and checkouts in a window of their own need."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

IDENTITY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
DUE = sa.text("due_at IS NOT NULL")
LEASED = sa.text("lease_until IS NOT NULL")
TO_FAN_OUT = sa.text("NOT fanned_out")


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("expires_at", MOMENT, nullable=True))
    op.add_column("orders", sa.Column("site", sa.String(length=200), nullable=True))
    op.add_column(
        "idempotency_records",
        sa.Column("sealed", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    # Events of before keep turn 0: they come first, in the order of their ids.
    op.add_column("events", sa.Column("turn", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("events", sa.Column("fanned_out", sa.Boolean(), nullable=False, server_default=sa.false()))
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE events ALTER COLUMN turn SET DEFAULT pg_current_xact_id()::text::bigint")
    op.drop_index("events_of_merchant", table_name="events")
    op.create_index("events_of_merchant", "events", ["merchant_id", "mode", "turn", "id"])
    op.create_index(
        "events_to_fan_out", "events", ["id"], sqlite_where=TO_FAN_OUT, postgresql_where=TO_FAN_OUT
    )
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("public_id", sa.String(length=40), nullable=False),
        sa.Column("merchant_id", IDENTITY, nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.Column("types", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("format", sa.String(length=20), nullable=False),
        sa.Column("sealed_secret", sa.Text(), nullable=False),
        sa.Column("sealed_old_secret", sa.Text(), nullable=True),
        sa.Column("old_secret_until", MOMENT, nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("state_at", MOMENT, nullable=False),
        sa.Column("failing_since", MOMENT, nullable=True),
        sa.Column("probe_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("deleted_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id"),
    )
    op.create_index("endpoints_of_merchant", "webhook_endpoints", ["merchant_id", "mode", "id"])
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("public_id", sa.String(length=40), nullable=False),
        sa.Column("event_id", IDENTITY, nullable=False),
        sa.Column("endpoint_id", IDENTITY, nullable=False),
        sa.Column("merchant_id", IDENTITY, nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("delivered_at", MOMENT, nullable=True),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"]),
        sa.ForeignKeyConstraint(["endpoint_id"], ["webhook_endpoints.id"]),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id"),
        sa.UniqueConstraint("event_id", "endpoint_id", name="one_delivery_per_event_and_endpoint"),
    )
    op.create_index("deliveries_of_merchant", "webhook_deliveries", ["merchant_id", "mode", "id"])
    op.create_index("deliveries_of_endpoint", "webhook_deliveries", ["endpoint_id", "id"])
    op.create_index(
        "deliveries_due",
        "webhook_deliveries",
        ["endpoint_id", "due_at"],
        sqlite_where=DUE,
        postgresql_where=DUE,
    )
    op.create_index(
        "deliveries_under_way",
        "webhook_deliveries",
        ["endpoint_id", "lease_until"],
        sqlite_where=LEASED,
        postgresql_where=LEASED,
    )
    op.create_table(
        "webhook_attempts",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("delivery_id", IDENTITY, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["webhook_deliveries.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_webhook_attempts_delivery_id", "webhook_attempts", ["delivery_id"])
    op.create_table(
        "mails",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("merchant_id", IDENTITY, nullable=True),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_mails_merchant_id", "mails", ["merchant_id"])
    op.create_index("mails_due", "mails", ["due_at"], sqlite_where=DUE, postgresql_where=DUE)


def downgrade() -> None:
    """Refuse: what would be dropped is the record of what shops were told."""
    raise RuntimeError("what was told cannot be untold")
