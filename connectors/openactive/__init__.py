"""OpenActive: opportunities to be active, published as RPDE feeds; sports and parent-child classes."""

from connectors.openactive.connector import OpenActive

CONNECTOR = OpenActive
