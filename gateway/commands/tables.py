"""The ledger's tables. A change of them is a migration beside `migrations/versions`, held by a test."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

_SEQUENCE = BigInteger().with_variant(Integer, "sqlite")

COMMANDS = Table(
    "commands",
    metadata,
    Column("seq", _SEQUENCE, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("resident", String(64), nullable=False),
    Column("key", String(160), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("source", String(64), nullable=False),
    Column("lane", String(700), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("payload", Text, nullable=False),
    Column("reference", String(36), nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("owner", String(80), nullable=False),
    Column("reason", String(32)),
    Column("outcome", Text),
    Column("until", Float, nullable=False),
    Column("sent_at", Float),
    Column("settled_at", Float),
    UniqueConstraint("resident", "key"),
    sqlite_autoincrement=True,
)
Index(None, COMMANDS.c.subject)
Index(None, COMMANDS.c.settled_at)
Index(
    "ix_commands_open",
    COMMANDS.c.owner,
    COMMANDS.c.seq,
    sqlite_where=text("settled_at IS NULL"),
    postgresql_where=text("settled_at IS NULL"),
)

BOOKINGS = Table(
    "bookings",
    metadata,
    Column("seq", _SEQUENCE, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("resident", String(64), nullable=False),
    Column("scenario", String(32), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("source", String(64), nullable=False),
    Column("slot", String(512), nullable=False),
    Column("status", String(16), nullable=False),
    Column("reason", String(32)),
    Column("active", Boolean, nullable=False),
    Column("waits", Boolean, nullable=False),
    Column("attended", Boolean, nullable=False),
    Column("start_at", Float),
    Column("end_at", Float),
    Column("replaces", String(32)),
    Column("detail", Text, nullable=False),
    Column("made_at", Float, nullable=False),
    Column("changed_at", Float, nullable=False),
    sqlite_autoincrement=True,
)
Index(None, BOOKINGS.c.resident, BOOKINGS.c.seq)
Index(None, BOOKINGS.c.source, BOOKINGS.c.kind, BOOKINGS.c.slot, BOOKINGS.c.status)
Index(
    "uq_bookings_active",
    BOOKINGS.c.resident,
    BOOKINGS.c.source,
    BOOKINGS.c.kind,
    BOOKINGS.c.slot,
    unique=True,
    sqlite_where=BOOKINGS.c.active,
    postgresql_where=BOOKINGS.c.active,
)

REPORTS = Table(
    "reports",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("resident", String(64), nullable=False),
    Column("source", String(64), nullable=False),
    Column("case_id", String(512)),
    Column("category", String(512)),
    Column("status", String(16), nullable=False),
    Column("detail", Text, nullable=False),
    Column("made_at", Float, nullable=False),
    Column("changed_at", Float, nullable=False),
)
Index(None, REPORTS.c.resident, REPORTS.c.made_at)
Index(
    "ix_reports_without_case",
    REPORTS.c.made_at,
    sqlite_where=text("case_id IS NULL"),
    postgresql_where=text("case_id IS NULL"),
)

PHOTOS = Table(
    "photos",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("resident", String(64), nullable=False),
    Column("report", String(32)),
    Column("content", LargeBinary, nullable=False),
    Column("made_at", Float, nullable=False),
)
Index(None, PHOTOS.c.resident, PHOTOS.c.made_at)
Index(None, PHOTOS.c.report, PHOTOS.c.made_at)

REPLICAS = Table(
    "replicas",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("seen_at", Float, nullable=False),
)
