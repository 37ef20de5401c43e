"""What a hospital's server says it can do."""

from datetime import datetime
from typing import Any

from mocks.fhir.datatypes import HL7, Resource, concept
from mocks.fhir.parameters import PARAMETERS
from mocks.fhir.profile import Profile

_WRITES = {"Appointment": ("create", "update"), "Slot": ("update",)}
_OAUTH = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
_SECURITY = {"oauth": "SMART-on-FHIR", "basic": "Basic", "key": "Certificates"}


def capability(profile: Profile, now: datetime, base: str) -> Resource:
    security: dict[str, Any] = {"description": "an API key in the header X-API-Key"}
    if profile.auth != "key":
        code = _SECURITY[profile.auth]
        service = {"system": f"{HL7}restful-security-service", "code": code, "display": code}
        security = {"service": [concept(service)]}
    if profile.auth == "oauth":
        token = {"url": "token", "valueUri": token_url(base)}
        security["extension"] = [{"url": _OAUTH, "extension": [token]}]
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": now.date().isoformat(),
        "kind": "instance",
        "software": {"name": "Longgang hospital information exchange", "version": "4.2"},
        "implementation": {"description": profile.id, "url": base},
        "fhirVersion": "4.0.1",
        "format": ["json", "application/fhir+json"],
        "rest": [
            {
                "mode": "server",
                "security": security,
                "resource": [_resource(profile, kind) for kind in PARAMETERS],
                "interaction": [{"code": "batch"}],
            }
        ],
    }


def token_url(base: str) -> str:
    """The token endpoint stands beside the FHIR base, not below it."""
    return f"{base.removesuffix('/fhir')}/oauth/token"


def smart_configuration(base: str) -> dict[str, Any]:
    return {
        "token_endpoint": token_url(base),
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "grant_types_supported": ["client_credentials"],
        "scopes_supported": ["system/*.read", "system/Appointment.write", "system/Slot.write"],
        "capabilities": ["client-confidential-symmetric", "permission-v1"],
    }


def _resource(profile: Profile, kind: str) -> dict[str, Any]:
    parameters = PARAMETERS[kind]
    codes = ("read", "search-type", *_WRITES.get(kind, ()))
    found: dict[str, Any] = {
        "type": kind,
        "interaction": [{"code": code} for code in codes],
        "versioning": "versioned",
        "readHistory": False,
        "updateCreate": False,
        "conditionalCreate": kind == "Appointment" and profile.conditional,
        "searchParam": [{"name": name, "type": p.kind} for name, p in parameters.items()],
    }
    if profile.includes:
        references = [name for name, p in parameters.items() if p.kind == "reference"]
        if references:
            found["searchInclude"] = [f"{kind}:{name}" for name in references]
    return found
