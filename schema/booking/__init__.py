"""Bookings: what residents have asked for, over all scenarios."""
