"""Migrations of the ledger's tables, forward only, by Alembic; DBOS brings its own along."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, make_url, text

from gateway.sources import ConfigurationError

_SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = 7_409_112_358
"""An advisory lock of PostgreSQL's: replicas that start together migrate one after the other."""


def configuration() -> Config:
    """Give Alembic's configuration, without a file of its own."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    return config


def migrate(engine: Engine) -> tuple[str | None, str]:
    """Bring the tables to the newest revision; gives the revision before and now.

    One transaction: a migration that fails leaves the tables as they were. ConfigurationError where they are
    of a release that this one does not know.
    """
    config = configuration()
    scripts = ScriptDirectory.from_config(config)
    head = scripts.get_current_head()
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        before = MigrationContext.configure(connection).get_current_revision()
        if before is not None and before not in {script.revision for script in scripts.walk_revisions()}:
            raise ConfigurationError(
                f"GATEWAY_DATABASE_URL: its tables are of a newer release (revision {before})."
            )
        if before != head:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    return before, str(head)


def workflows_url(url: str) -> str:
    """Give DBOS's database for the ledger's: the same PostgreSQL, or a file beside SQLite's.

    SQLite has one writer a file; each of the two has its own.
    """
    parsed = make_url(url)
    if parsed.drivername == "sqlite" and parsed.database:
        path = Path(parsed.database)
        return f"sqlite:///{path.with_name(path.stem + '-workflows' + path.suffix)}"
    return parsed.set(drivername="postgresql").render_as_string(hide_password=False)
