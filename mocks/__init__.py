"""Simulators of the systems behind the graph: one per published standard, over one seeded Longgang."""
