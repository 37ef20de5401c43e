"""The FHIR connector: a hospital's directory, appointment slots, with bookings of them, and wards."""

from __future__ import annotations

from connectors.fhir.desk import AppointmentDesk, UnconditionalAppointmentDesk
from connectors.fhir.slots import Slots
from connectors.fhir.wards import Wards
from connectors.kit import Desk
from schema.health.records import AppointmentSlotRecord


class FhirConnector(Slots, Wards):
    """HL7 FHIR R4, read by search. Of patients' data only Appointments of our own making are asked for."""

    books = (AppointmentSlotRecord,)

    def desk(self, kind: str) -> Desk:
        """Give the desk for Appointments, of the kind that the server's conditional create allows."""
        make = AppointmentDesk if self.options.conditional_create else UnconditionalAppointmentDesk
        return make(self)
