"""What the parts of the FHIR connector share: options, the server's searches, Refs and instants."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, TypeAlias

import msgspec

from connectors.fhir import wire, words
from connectors.fhir.rest import Rest
from connectors.kit import Connector, Upstream
from schema.core.record import Ref

_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")

System: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9:/._~-]+\Z")]
"""A URI that names a system of identifiers, without what has a meaning in a search parameter (R4 3.1.1.4)."""


class FhirOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What differs between servers and cannot be seen from outside."""

    hospitals: str = "http://terminology.hl7.org/CodeSystem/organization-type|prov"
    """Token for the `type` of Organizations that are hospitals; empty: all that are not part of another."""
    campuses: str = "http://terminology.hl7.org/CodeSystem/v3-RoleCode|HOSP"
    """Token for the `type` of Locations that are campuses. Of a hospital that shows none by it, and of all
    where it is empty, every Location is read, beds too: physicalType tells which are campuses."""
    wards: str = "http://terminology.hl7.org/CodeSystem/v3-RoleCode|HU"
    """Token for the `type` of Locations that are wards; empty: all are asked for, physicalType tells them."""
    unaccompanied: str = "urn:longgang:ward-care|unaccompanied"
    """Token for the `type` of wards whose patients need no family member at the bedside (无陪护)."""
    includes: bool = True
    """False for a server that refuses `_include` or `_revinclude`; one that ignores them is found out."""
    references: System = "urn:longgang:booking"
    """System of the `identifier` that an Appointment has from us: our reference."""
    residents: System = "urn:longgang:resident"
    """System of the identifier by which the hospital is told who is the patient: a pseudonym of its own."""
    conditional_create: bool = True
    """False for a server that does not honour `If-None-Exist`: a booking is then not sent again at once."""


class FhirBase(Connector):
    """One FHIR server."""

    standard = "HL7 FHIR R4"
    Options = FhirOptions
    options: FhirOptions

    def __init__(self, upstream: Upstream, options: FhirOptions) -> None:
        super().__init__(upstream, options)
        self.rest = Rest(upstream, includes=options.includes)

    def ref(self, key: str) -> Ref:
        """Give the Ref of a resource of this server."""
        return Ref(self.upstream.source, key)

    def link(self, reference: wire.Reference | None, kind: type[wire.Resource]) -> Ref | None:
        """Give the Ref that a reference leads to, None where it leads to another type or elsewhere."""
        key = self.rest.local_id(reference, kind)
        return self.ref(key) if key is not None else None

    def as_of(self, *resources: wire.Resource) -> datetime:
        """Give the instant at which resources were true: that of the earliest answer that brought one."""
        answered = (resource.answered for resource in resources)
        return min((at for at in answered if at is not None), default=self.upstream.now())


def ids_of(refs: Iterable[Ref]) -> list[str]:
    """Give each id once; what cannot be an id of FHIR's is left out, and is so not found."""
    return valid(ref.id for ref in refs)


def valid(ids: Iterable[str]) -> list[str]:
    """Give each id once that can be one of FHIR's: nothing else is sent, for it could mean something else."""
    return [key for key in dict.fromkeys(ids) if _ID.fullmatch(key)]


def is_kind(location: wire.Location, physical_type: str) -> bool:
    """Say whether a Location is of a kind of the code system location-physical-type."""
    return location.physical_type is not None and words.has_code([location.physical_type], physical_type)


def targets(kind: type[wire.Resource], ids: Iterable[str]) -> str:
    """Give the value of a reference parameter that means any of these resources."""
    return ",".join(f"{kind.__name__}/{key}" for key in ids)
