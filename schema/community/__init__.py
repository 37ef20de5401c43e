"""Communities, and what stands around a point."""
