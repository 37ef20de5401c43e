"""One search over everything that the scenarios have."""
