"""The resident-facing graph: one folder per scenario."""
