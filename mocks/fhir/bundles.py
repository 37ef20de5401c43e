"""Search answers as Bundles, page by page; the link to the next page says nothing about what it holds."""

import hashlib
import secrets
from collections import OrderedDict
from typing import Any
from urllib.parse import quote, urlencode

from mocks.fhir.datatypes import Resource
from mocks.fhir.outcome import FhirError
from mocks.fhir.profile import Profile
from mocks.fhir.search import Result, closeness, included, trimmed
from mocks.fhir.store import Store

PAGE = "_getpages"
_KEPT = 5_000


class Pages:
    """Remembers the searches whose next page may be asked for; the oldest are forgotten first."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._salt = secrets.token_bytes(16)
        self._results: OrderedDict[str, Result] = OrderedDict()

    def resume(self, token: str) -> Result:
        result = self._results.get(token)
        if result is None:
            raise FhirError(410, "the search has been forgotten: search again", "expired")
        return result

    def bundle(self, store: Store, result: Result, base: str) -> Resource:
        """The searchset that begins at the result's offset."""
        found: Resource = {"resourceType": "Bundle", "type": "searchset"}
        if result.total or result.count_only:
            found["total"] = len(result.ids)
        query = f"?{urlencode(result.processed, quote_via=quote)}" if result.processed else ""
        links = [{"relation": "self", "url": f"{base}/{result.kind}{query}"}]
        found["link"] = links
        if result.count_only:
            return found
        end = result.offset + result.page
        if end < len(result.ids):
            links.append({"relation": "next", "url": self._next(result.at(end), base)})
        if entries := _entries(store, result, base):
            found["entry"] = entries
        return found

    def _next(self, result: Result, base: str) -> str:
        identity = repr((result.kind, result.processed, result.ids, result.offset)).encode()
        token = hashlib.blake2b(identity, key=self._salt, digest_size=18).hexdigest()
        self._results[token] = result
        self._results.move_to_end(token)
        if len(self._results) > _KEPT:
            self._results.popitem(last=False)
        path = base if self._profile.page_path == "base" else f"{base}/{result.kind}"
        return f"{path}?{PAGE}={token}"


def _entries(store: Store, result: Result, base: str) -> list[dict[str, Any]]:
    kept = store.all(result.kind)
    ids = result.ids[result.offset : result.offset + result.page]
    page = [kept[key] for key in ids if key in kept]
    entries: list[dict[str, Any]] = []
    for resource in page:
        how: dict[str, Any] = {"mode": "match"}
        if (extension := closeness(result, resource)) is not None:
            how["extension"] = [extension]
        entries.append(_entry(trimmed(resource, result.elements), how, base))
    entries += [_entry(resource, {"mode": "include"}, base) for resource in included(store, result, page)]
    if result.warning is not None:
        entries.append({"resource": result.warning, "search": {"mode": "outcome"}})
    return entries


def _entry(resource: Resource, how: dict[str, Any], base: str) -> dict[str, Any]:
    return {
        "fullUrl": f"{base}/{resource['resourceType']}/{resource['id']}",
        "resource": resource,
        "search": how,
    }
