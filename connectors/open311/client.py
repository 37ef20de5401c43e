"""A GeoReport server as the connector asks it: by path, in the format of its options."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import structlog

from connectors.kit import Params, StatusError, Upstream
from connectors.open311.formats import Format, Row, Rows, is_error, rows_of
from connectors.open311.options import Open311Options

T = TypeVar("T")

_log = structlog.get_logger("connectors.open311")
_MEDIA: Mapping[Format, str] = {"xml": "text/xml, application/xml", "json": "application/json"}
SKEW = timedelta(minutes=1)
"""How far a server's clock may be ahead of ours without its newest cases being missed."""


class GeoReport:
    """One server. A path has no ending: the format's is added."""

    def __init__(self, upstream: Upstream, options: Open311Options) -> None:
        self.upstream = upstream
        self.options = options

    async def rows(
        self, path: str, params: Params, root: str, element: str, make: Callable[[Row], T]
    ) -> Rows[T]:
        """Read a list; what of it breaks the standard is left out and said."""
        rows = await self.get(path, params, rows_of(self.options.format, root, element, make))
        if left_out := rows.total - len(rows.items):
            reason = "they break the standard"
            _log.warning("rows left out", source=self.upstream.source, reason=reason, count=left_out)
        return rows

    async def get(self, path: str, params: Params, decode: Callable[[bytes], T]) -> T:
        """Read by GET."""
        answer = await self.upstream.get(
            f"{path}.{self.options.format}",
            decode=decode,
            params=self._within(params),
            headers={"accept": _MEDIA[self.options.format]},
        )
        return answer.data

    async def post(self, path: str, form: Params, decode: Callable[[bytes], T]) -> T:
        """Write by POST of a form: one attempt."""
        answer = await self.upstream.send(
            "POST",
            f"{path}.{self.options.format}",
            decode=decode,
            form=self._within(form),
            headers={"accept": _MEDIA[self.options.format]},
        )
        return answer.data

    def _within(self, params: Params) -> Params:
        jurisdiction = self.options.jurisdiction_id
        return {"jurisdiction_id": jurisdiction, **params} if jurisdiction else params


def dates(start: datetime, end: datetime) -> dict[str, str]:
    """Give a window as the standard's examples write it."""
    return {
        name: at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for name, at in (("start_date", start), ("end_date", end))
    }


def unknown(error: StatusError) -> bool:
    """Whether a refusal says that there is no such thing: 404, or the standard's error with 500, as seen."""
    return error.status == 404 or (error.status == 500 and is_error(error.body))
