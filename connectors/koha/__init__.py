"""Koha REST for catalogues and branches, DAIA for what can be had."""

from connectors.koha.connector import KohaConnector

CONNECTOR = KohaConnector
