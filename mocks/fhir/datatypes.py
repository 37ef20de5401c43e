"""FHIR's small datatypes as plain dicts."""

from datetime import UTC, datetime
from typing import Any

Resource = dict[str, Any]

SNOMED = "http://snomed.info/sct"
HL7 = "http://terminology.hl7.org/CodeSystem/"
SUBJECT = "urn:cn:diagnosis-and-treatment-subject"  # 诊疗科目名录
TITLE = "urn:cn:professional-title"
LICENCE = "urn:cn:practitioner-licence"
WARD_CARE = "urn:longgang:ward-care"
VISIT = "urn:longgang:visit-type"


def coding(system: str, code: str, display: str) -> dict[str, Any]:
    return {"system": system, "code": code, "display": display}


def concept(*codings: dict[str, Any], text: str | None = None) -> dict[str, Any]:
    return {"coding": list(codings)} | ({"text": text} if text else {})


def reference(kind: str, key: str, display: str | None = None) -> dict[str, Any]:
    return {"reference": f"{kind}/{key}"} | ({"display": display} if display else {})


def phone(number: str) -> list[dict[str, Any]]:
    return [{"system": "phone", "value": number, "use": "work"}]


def english(text: str) -> dict[str, Any]:
    """The extension that gives a primitive's English wording."""
    return {
        "extension": [
            {
                "url": "http://hl7.org/fhir/StructureDefinition/translation",
                "extension": [
                    {"url": "lang", "valueCode": "en"},
                    {"url": "content", "valueString": text},
                ],
            }
        ]
    }


def instant(moment: datetime, utc: bool) -> str:
    """`2026-11-24T10:00:00+08:00`, or the same as `…T02:00:00Z` for a server that thinks in UTC."""
    if utc:
        return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"
    return moment.isoformat(timespec="seconds")
