"""A board of offers and wants: schema.org's Offer and Demand over a small REST listing (docs/scenarios)."""

from connectors.board.connector import Board

CONNECTOR = Board
