"""Koha's REST API as every reading of it goes: lists in pages, errors with codes, options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

import msgspec

from connectors.kit import (
    Code,
    Connector,
    DecodeError,
    Params,
    Response,
    SourceError,
    StatusError,
    json_of,
)
from connectors.koha.link import next_link
from connectors.koha.query import Condition
from connectors.koha.wire import ErrorBody
from schema.goods.records import GoodsCategory

T = TypeVar("T")

IDS_PER_CALL = 100
"""Ids in one URL: some 700 bytes of `-in`, some 3 kB of full DAIA identifiers."""
_MAX_PAGES = 50
_MAX_ID = 2**31 - 1

_error_of = json_of(ErrorBody)


class BranchPosition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a branch stands, WGS-84 degrees."""

    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    lng: Annotated[float, msgspec.Meta(ge=-180, le=180)]


class KohaOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What sources.toml says under a Koha source's `options`; the paths are below the source's `url`."""

    api: str = "api/v1"
    """Path of Koha's REST API."""
    daia: str = "daia"
    """Path of the DAIA server."""
    document: Annotated[str, msgspec.Meta(pattern=r"^[^|]*\{biblio_id\}[^|]*$")] = "{biblio_id}"
    """How the DAIA server knows a title: its identifier with `{biblio_id}` for Koha's number."""
    paia: str | None = None
    """Path of the PAIA core server, where it takes this source's credential; without, none is asked."""
    pickup: str | None = None
    """`library_id` of where holds are fetched; without, each at the reader's own branch."""
    branches: dict[str, BranchPosition] = {}
    """Positions by `library_id`: Koha's `geolocation` is free text without a format, and is not read."""
    departments: dict[str, str] = {}
    """`library_id` by DAIA department, for departments whose URI does not end in it."""
    things: tuple[str, ...] = ()
    """Item types of what is lent beside books; without any the library lends none."""
    categories: dict[str, GoodsCategory] = {}
    """Category by `collection_code`, for codes that are not themselves called like one."""


class KohaRest(Connector):
    """What titles, branches and things are read with."""

    options: KohaOptions

    async def list_rows(
        self,
        name: str,
        condition: Condition | None,
        order: str,
        decode: Callable[[bytes], list[T | None]],
        *,
        per_page: int,
        wanted: int | None = None,
        embed: str | None = None,
    ) -> tuple[list[T | None], int | None, bool]:
        """Read a list, or its first `wanted` rows; Koha may give fewer a page than it is asked for.

        Beside the rows: how many there are in all (X-Total-Count) and whether more follow. Where the
        header is missing, as on /biblios of some releases, a `next` link or a full page says so.
        """
        params: dict[str, str | int] = {"_order_by": order, "_per_page": per_page}
        if condition is not None:
            params["q"] = msgspec.json.encode(condition).decode()
        rows: list[T | None] = []
        for page in range(1, _MAX_PAGES + 1):
            response = await self.read(f"{self.options.api}/{name}", decode, {**params, "_page": page}, embed)
            rows += response.data
            total = _count(response.headers.get("x-total-count"))
            more = bool(response.data) and (
                len(rows) < total
                if total is not None
                else next_link(response.headers) is not None or len(response.data) >= per_page
            )
            if not more or (wanted is not None and len(rows) >= wanted):
                return rows, total, more
        raise SourceError(Code.SOURCE_MALFORMED, self.upstream.source, f"/{name} does not end")

    async def read(
        self, path: str, decode: Callable[[bytes], T], params: Params, embed: str | None = None
    ) -> Response[T]:
        headers = None if embed is None else {"x-koha-embed": embed}
        try:
            return await self.upstream.get(path, decode=decode, params=params, headers=headers)
        except StatusError as error:
            if code := _error_code(error.body):
                error.detail += f", {code}"
            raise


def number_of(local_id: str) -> int | None:
    """Give Koha's own number behind an id; None for whatever no biblio or item can have."""
    if not (local_id.isascii() and local_id.isdecimal() and local_id[0] != "0"):
        return None
    number = int(local_id) if len(local_id) <= 10 else 0
    return number if 0 < number <= _MAX_ID else None


def _count(header: str | None) -> int | None:
    return int(header) if header is not None and header.isascii() and header.isdecimal() else None


def _error_code(body: bytes) -> str | None:
    """The `error_code` for the log; Koha's errors have several shapes, and not all say one."""
    try:
        return _error_of(body).error_code
    except DecodeError:
        return None
