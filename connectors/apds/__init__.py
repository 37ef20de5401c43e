"""APDS v4, the API of the Alliance for Parking Data Standards (https://www.allianceforparkingdatastandards.org)."""

from connectors.apds.connector import Apds

CONNECTOR = Apds
