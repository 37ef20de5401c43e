"""Alembic's environment of the ledger; revisions are in `versions`."""
