"""What sources.toml says of a GeoReport server."""

from __future__ import annotations

import msgspec

from connectors.open311.formats import Format


class Open311Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How it is read, and how reports are handed in."""

    format: Format = "xml"
    """The format to ask for; JSON is optional in the standard."""
    jurisdiction_id: str | None = None
    """Only where the server serves several jurisdictions."""
    max_rows: int = 1000
    """The most rows that the server gives in one answer."""
    id_lists: bool = True
    """Whether the server takes several ids in one `service_request_id`; without, each is asked for."""
    updates: bool = True
    """Whether the server has `servicerequestupdates`; without it, timelines are empty."""

    reports: bool = False
    """Whether reports are handed in there, by POST Service Request; its credential is the `api_key` then."""
    acts: bool = False
    """Whether it has the companion interface of docs/reports.md: supporting, rating and reopening cases."""
    listed_within_s: float = 30.0
    """How long after it was handed in a request may be missing from its lists, in seconds."""
    reopen_days: int = 15
    """For how many days after it was closed a case can be reopened."""
