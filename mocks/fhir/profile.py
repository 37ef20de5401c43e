"""How each hospital's FHIR server differs from the others, as real ones do."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Profile:
    """The peculiarities of one hospital's server.

    `unknown` is what becomes of an unknown search parameter: ignored, ignored with a warning in the
    Bundle, or an empty answer. `taken` is the status for a slot that is no longer free. `gap` is where a
    batch entry puts its OperationOutcome. `missing`: whether what is absent is indexed; where it is not,
    the modifier `:missing` is refused, as HAPI does unless it was set up otherwise. `conditional`: whether
    `If-None-Exist` is honoured; a server without conditional create takes no notice of it.
    """

    id: str
    auth: Literal["oauth", "basic", "key"] = "oauth"
    page_cap: int = 200
    utc: bool = False
    totals: bool = True
    includes: bool = True
    unknown: Literal["ignore", "warn", "empty"] = "ignore"
    taken: Literal[409, 422] = 409
    gap: Literal["outcome", "resource"] = "outcome"
    page_path: Literal["base", "type"] = "base"
    missing: bool = True
    conditional: bool = True


PROFILES: tuple[Profile, ...] = (
    Profile("hospital-central", unknown="warn"),
    Profile("hospital-people", utc=True, gap="resource", page_path="type", missing=False),
    Profile("hospital-second", unknown="empty", taken=422),
    Profile("hospital-third", auth="basic", page_cap=20, includes=False, page_path="type", conditional=False),
    Profile("hospital-maternity", auth="key", totals=False),
)
