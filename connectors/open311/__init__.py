"""Open311 GeoReport v2 (https://wiki.open311.org/GeoReport_v2), and its `servicerequestupdates` extension."""

from connectors.open311.connector import Open311

CONNECTOR = Open311
