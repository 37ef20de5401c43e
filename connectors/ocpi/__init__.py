"""OCPI 2.2.1 (Open Charge Point Interface), as an eMSP reads a CPO: locations and tariffs."""

from connectors.ocpi.connector import Ocpi

CONNECTOR = Ocpi
