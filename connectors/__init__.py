"""One folder per interface standard."""
