"""The FHIR connector: a hospital's directory, appointment slots and wards."""

from __future__ import annotations

from connectors.fhir.slots import Slots
from connectors.fhir.wards import Wards


class FhirConnector(Slots, Wards):
    """HL7 FHIR R4, read by search. Patients' data are never asked for."""
