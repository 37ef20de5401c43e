"""The connector for Open311 GeoReport v2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any
from urllib.parse import quote

from connectors.kit import (
    CaseDesk,
    Connector,
    Params,
    StatusError,
    Upstream,
    answers,
    chunked,
    fits_path,
    gather_all,
)
from connectors.open311 import mapping
from connectors.open311.client import SKEW, GeoReport, dates, unknown
from connectors.open311.desk import Open311Desk
from connectors.open311.formats import Rows, object_of
from connectors.open311.options import Open311Options
from connectors.open311.windows import read_whole, windows
from schema.civic.lookups import (
    CASE_BY_REF,
    CASE_TIMELINE,
    CASES_SINCE,
    SERVICE_ATTRIBUTES,
    SERVICE_TYPE_BY_REF,
    SERVICE_TYPES,
    AllServices,
    CaseWindow,
    TimelineKey,
)
from schema.civic.records import CaseRecord, CaseUpdate, ServiceAttribute, ServiceTypeRecord
from schema.core.record import Ref
from schema.core.scalars import CHINA

_IDS = 100
"""Ids in one URL."""


class Open311(Connector):
    """Answers the lookups of 民意速办 from one GeoReport server."""

    standard = "Open311 GeoReport v2"
    Options = Open311Options

    options: Open311Options

    def __init__(self, upstream: Upstream, options: Any) -> None:
        super().__init__(upstream, options)
        self._server = GeoReport(upstream, self.options)

    def case_desk(self) -> CaseDesk | None:
        """POST Service Request, where the server takes reports of ours."""
        return Open311Desk(self._server) if self.options.reports else None

    @answers(SERVICE_TYPES)
    async def service_types(
        self, keys: Sequence[AllServices]
    ) -> Mapping[AllServices, Sequence[ServiceTypeRecord]]:
        """GET Service List."""
        return dict.fromkeys(keys, await self._services())

    @answers(SERVICE_TYPE_BY_REF)
    async def service_type(self, keys: Sequence[Ref]) -> Mapping[Ref, ServiceTypeRecord]:
        """GET Service List, since the standard reads no single service."""
        by_ref = {service.ref: service for service in await self._services()}
        return {key: by_ref[key] for key in keys if key in by_ref}

    @answers(SERVICE_ATTRIBUTES)
    async def service_attributes(self, keys: Sequence[Ref]) -> Mapping[Ref, tuple[ServiceAttribute, ...]]:
        """GET Service Definition, one call a key."""
        found = await gather_all(*(self._definition(key.id) for key in keys))
        return {key: item for key, item in zip(keys, found, strict=True) if item is not None}

    @answers(CASE_BY_REF)
    async def cases(self, keys: Sequence[Ref]) -> Mapping[Ref, CaseRecord]:
        """GET Service Request for one, GET Service Requests by `service_request_id` for many."""
        ids = [key.id for key in keys if fits_path(key.id)]
        parts = await gather_all(
            *(self._by_id(chunk) for chunk in chunked(ids, _IDS if self.options.id_lists else 1))
        )
        by_ref = {case.ref: case for part in parts for case in part}
        return {key: by_ref[key] for key in keys if key in by_ref}

    @answers(CASES_SINCE)
    async def cases_since(self, keys: Sequence[CaseWindow]) -> Mapping[CaseWindow, Sequence[CaseRecord]]:
        """GET Service Requests by `start_date` and `end_date`, in as many calls as its limits make it."""
        found = await gather_all(*(self._since(key) for key in keys))
        return dict(zip(keys, found, strict=True))

    @answers(CASE_TIMELINE)
    async def timelines(self, keys: Sequence[TimelineKey]) -> Mapping[TimelineKey, tuple[CaseUpdate, ...]]:
        """GET Service Request Updates, for a hundred cases at a time."""
        if not self.options.updates:
            return dict.fromkeys(keys, ())
        parts = await gather_all(*(self._timelines(chunk) for chunk in chunked(keys, _IDS)))
        return {key: updates for part in parts for key, updates in part.items()}

    async def _services(self) -> Sequence[ServiceTypeRecord]:
        source, now = self.upstream.source, self.upstream.now()
        rows = await self._server.rows(
            "services", {}, "services", "service", lambda row: mapping.service_type(row, source, now)
        )
        return rows.items

    async def _definition(self, code: str) -> tuple[ServiceAttribute, ...] | None:
        if not fits_path(code):
            return None
        path = f"services/{quote(code, safe='')}"
        decode = object_of(self.options.format, "service_definition", mapping.attributes)
        try:
            return await self._server.get(path, {}, decode)
        except StatusError as error:
            if unknown(error):
                return None
            raise

    async def _by_id(self, ids: Sequence[str]) -> Sequence[CaseRecord]:
        try:
            if len(ids) == 1:
                return (await self._requests(f"requests/{quote(ids[0], safe='')}", {})).items
            return (await self._requests("requests", {"service_request_id": ",".join(ids)})).items
        except StatusError as error:
            # A 400 is about an id of the list, which is a client's: it must not take the others along.
            if not unknown(error) and error.status != 400:
                raise
        if len(ids) == 1:
            return ()
        # A server that refuses a list because of one unknown id still knows the others.
        parts = await gather_all(*(self._by_id([one]) for one in ids))
        return [case for part in parts for case in part]

    async def _since(self, key: CaseWindow) -> Sequence[CaseRecord]:
        async def read(start: datetime, end: datetime) -> Rows[CaseRecord]:
            return await self._requests("requests", dates(start, end))

        span = windows(datetime.combine(key.since, time(), CHINA), self.upstream.now() + SKEW)
        limit = self.options.max_rows
        parts = await gather_all(
            *(
                read_whole(window, limit, read, lambda case: (case.ref.id, case.requested_at))
                for window in span
            )
        )
        return list({id_: case for part in parts for id_, case in part.items()}.values())

    async def _timelines(self, keys: Sequence[TimelineKey]) -> Mapping[TimelineKey, tuple[CaseUpdate, ...]]:
        wanted = ",".join(key.ref.id for key in keys)

        async def read(start: datetime, end: datetime) -> Rows[mapping.Step]:
            params = {"service_request_id": wanted, **dates(start, end)}
            return await self._server.rows(
                "servicerequestupdates", params, "service_request_updates", "request_update", mapping.step
            )

        span = windows(min(key.since for key in keys), self.upstream.now() + SKEW)
        limit = self.options.max_rows
        parts = await gather_all(
            *(read_whole(window, limit, read, lambda step: (step.id, step.update.at)) for window in span)
        )
        # mySociety's extension filters by date alone: a server may well give other cases' steps, too.
        by_case: dict[str, list[CaseUpdate]] = {key.ref.id: [] for key in keys}
        for step in {id_: step for part in parts for id_, step in part.items()}.values():
            by_case.get(step.case, []).append(step.update)
        return {key: tuple(sorted(by_case[key.ref.id], key=lambda update: update.at)) for key in keys}

    async def _requests(self, path: str, params: Params) -> Rows[CaseRecord]:
        source, now = self.upstream.source, self.upstream.now()
        return await self._server.rows(
            path, params, "service_requests", "request", lambda row: mapping.case(row, source, now)
        )
