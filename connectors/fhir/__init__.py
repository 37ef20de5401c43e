"""HL7 FHIR R4."""

from connectors.fhir.connector import FhirConnector

CONNECTOR = FhirConnector
