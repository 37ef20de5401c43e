"""Revisions of the ledger's tables, each once released never changed."""
