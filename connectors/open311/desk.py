"""The desk for reports of a GeoReport server: POST Service Request, and the companion for what follows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import quote

import msgspec

from connectors.kit import (
    CaseAct,
    CaseDesk,
    CaseRules,
    DecodeError,
    Filed,
    Params,
    Refusal,
    Refused,
    Report,
    SourceError,
    StatusError,
    fits_path,
)
from connectors.open311 import wire
from connectors.open311.client import SKEW, GeoReport, dates, unknown
from connectors.open311.formats import Row, Rows, error_words, rows_of
from connectors.open311.mark import marked, reference_in
from connectors.open311.windows import read_whole, windows
from schema.civic.lookups import CASE_BY_REF, CASE_TIMELINE, CASES_SINCE

_BEHIND = timedelta(minutes=5)
"""How far a server's clock may be behind ours without a report of ours being missed."""
_REFUSALS = {
    "NOT_CLOSED": Refusal.NOT_POSSIBLE,
    "CLOSED": Refusal.NOT_POSSIBLE,
    "TOO_LATE": Refusal.TOO_LATE,
    "RATED": Refusal.DUPLICATE,
}
"""The companion's codes (docs/reports.md)."""


class Open311Desk(CaseDesk):
    """Reports over one server. A report's reference goes behind its description: see `mark`."""

    shows = (CASE_BY_REF, CASES_SINCE, CASE_TIMELINE)

    def __init__(self, server: GeoReport) -> None:
        self._server = server
        self.listed_within_s = server.options.listed_within_s
        self.rules = CaseRules(reopen_days=server.options.reopen_days)

    async def report(self, report: Report) -> Filed:
        """POST Service Request. It answers with the request's id, or with a token for it."""
        try:
            found = await self._server.post("requests", _form(report), self._decoder(_filed))
        except StatusError as error:
            if error.status == 404 and error_words(error.body).startswith("service_code"):
                raise Refused(Refusal.NOT_OFFERED, "service_code not found") from None
            raise
        filed = found.items[0]
        if filed.case is None and filed.token is not None:
            try:
                return Filed(case=await self.case_of(filed.token), token=filed.token)
            except SourceError:
                # It is handed in; which case it has become can be asked later.
                return filed
        return filed

    async def find(self, report: Report) -> Filed | None:
        """GET Service Requests of the service, in the time since the report was made."""

        async def read(start: datetime, end: datetime) -> Rows[_Listed]:
            params = {"service_code": report.category.id, **dates(start, end)}
            return await self._server.rows("requests", params, "service_requests", "request", _listed)

        now = self._server.upstream.now() + SKEW
        for window in windows(report.made - _BEHIND, now):
            rows = await read_whole(
                window, self._server.options.max_rows, read, lambda row: (row.case, row.requested)
            )
            for row in rows.values():
                if row.reference == report.reference:
                    return Filed(case=row.case)
        return None

    async def case_of(self, token: str) -> str | None:
        """GET Service Request Id from a token."""
        if not fits_path(token):
            return None
        path = f"tokens/{quote(token, safe='')}"
        try:
            found = await self._server.get(path, {}, self._decoder(_filed))
        except StatusError as error:
            if unknown(error):
                return None
            raise
        return found.items[0].case if found.items else None

    async def support(self, act: CaseAct) -> None:
        """POST to the case's supports."""
        await self._act("supports", act, {})

    async def rate(self, act: CaseAct) -> None:
        """POST to the case's ratings."""
        await self._act("ratings", act, {"score": act.score or 0, "comment": act.words or ""})

    async def reopen(self, act: CaseAct) -> None:
        """POST to the case's reopenings."""
        await self._act("reopenings", act, {"reason": act.words or ""})

    async def done(self, reference: str) -> bool:
        """GET the act by its reference."""
        try:
            await self._server.get(f"acts/{quote(reference, safe='')}", {}, self._acts())
        except StatusError as error:
            if unknown(error):
                return False
            raise
        return True

    async def _act(self, kind: str, act: CaseAct, more: Params) -> None:
        if not self._server.options.acts or not fits_path(act.case.id):
            raise Refused(Refusal.NOT_POSSIBLE, "no companion interface")
        form = {"reference": act.reference, "account_id": act.account, **_given(more)}
        try:
            await self._server.post(f"requests/{quote(act.case.id, safe='')}/{kind}", form, self._acts())
        except StatusError as error:
            code = error_words(error.body).partition(":")[0]
            if error.status == 409 and code in _REFUSALS:
                raise Refused(_REFUSALS[code], code) from None
            if error.status == 404:
                raise Refused(Refusal.NOT_OFFERED, "case not found") from None
            raise

    def _decoder(self, make: Callable[[Row], Filed]) -> Callable[[bytes], Rows[Filed]]:
        decode = rows_of(self._server.options.format, "service_requests", "request", make)

        def decode_some(body: bytes) -> Rows[Filed]:
            rows = decode(body)
            if not rows.items:
                raise DecodeError("no request")
            return rows

        return decode_some

    def _acts(self) -> Callable[[bytes], Rows[str]]:
        return rows_of(
            self._server.options.format, "acts", "act", lambda row: wire.required(row.get("reference"), "act")
        )


class _Listed(msgspec.Struct, frozen=True):
    case: str
    requested: datetime
    reference: str | None


def _listed(row: Row) -> _Listed:
    request = msgspec.convert(row, wire.Request)
    requested = wire.instant(request.requested_datetime)
    if requested is None:
        raise DecodeError("requested_datetime is missing")
    case = wire.required(request.service_request_id, "service_request_id")
    return _Listed(case, requested, reference_in(wire.text(request.description)))


def _filed(row: Row) -> Filed:
    created = msgspec.convert(row, wire.Created)
    filed = Filed(case=wire.text(created.service_request_id), token=wire.text(created.token))
    if filed.case is None and filed.token is None:
        raise DecodeError("neither service_request_id nor token")
    return filed


def _form(report: Report) -> Params:
    """Give the arguments of POST Service Request; those that name a person are never among them."""
    first, *others = report.photos or ("",)
    # The standard has one picture.
    described = "\n".join((report.description, *(f"照片：{url}" for url in others)))
    form: dict[str, str | float] = {
        "service_code": report.category.id,
        "lat": report.position.lat,
        "long": report.position.lng,
        "address_string": report.address or "",
        "description": marked(described, report.reference),
        "media_url": first,
        "account_id": report.account or "",
    }
    return {**_given(form), **_attributes(report)}


def _attributes(report: Report) -> dict[str, tuple[str, ...]]:
    """Give `attribute[code]`, or `attribute[code][]` where several were chosen."""
    return {
        f"attribute[{answer.code}]" + ("[]" if len(answer.values) > 1 else ""): answer.values
        for answer in report.answers
    }


def _given(form: Params) -> Params:
    return {name: value for name, value in form.items() if value != ""}
