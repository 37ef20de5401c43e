"""What the parts of the FHIR connector share: options, the server's searches, Refs and instants."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

import msgspec

from connectors.fhir import wire
from connectors.fhir.rest import Rest
from connectors.kit import Connector, Upstream
from schema.core.record import Ref
from schema.core.scalars import in_china

_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")


class FhirOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What differs between servers and cannot be seen from outside."""

    hospitals: str = "http://terminology.hl7.org/CodeSystem/organization-type|prov"
    """Token for the `type` of Organizations that are hospitals; empty: all that are not part of another."""
    wards: str = "http://terminology.hl7.org/CodeSystem/v3-RoleCode|HU"
    """Token for the `type` of Locations that are wards; empty: all are asked for, physicalType tells them."""
    unaccompanied: str = "urn:longgang:ward-care|unaccompanied"
    """Token for the `type` of wards whose patients need no family member at the bedside (无陪护)."""
    includes: bool = True
    """False for a server that refuses `_include` or `_revinclude`; one that ignores them is found out."""


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
        """Give the instant of the latest change among resources; now where the server does not say."""
        changed = [r.meta.last_updated for r in resources if r.meta is not None and r.meta.last_updated]
        return max(map(in_china, changed), default=self.upstream.now())


def ids_of(refs: Iterable[Ref]) -> list[str]:
    """Give each id once; what cannot be an id of FHIR's is left out, and is so not found."""
    return [key for key in dict.fromkeys(ref.id for ref in refs) if _ID.fullmatch(key)]


def targets(kind: type[wire.Resource], ids: Iterable[str]) -> str:
    """Give the value of a reference parameter that means any of these resources."""
    return ",".join(f"{kind.__name__}/{key}" for key in ids)
