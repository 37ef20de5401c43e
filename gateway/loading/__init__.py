"""Layers above a connector: batch, cache, route."""
