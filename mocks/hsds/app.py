"""The routes of a directory: the standard's lists and single objects."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mocks.asgi import json_response
from mocks.hsds.nested import TAXONOMY, Json, Manner, at_location, listed, nested, organization, term
from mocks.hsds.referrals import Referrals
from mocks.world import World
from mocks.world.clock import CHINA
from mocks.world.services import Directory, Entry, Term, uuid_of

T = TypeVar("T")

_DEFAULT_PAGE = 50


def create_app(world: World, identity: str, manner: Manner) -> Starlette:
    api = Api(world, identity, manner)
    referrals = Referrals(world, identity)
    return Starlette(
        routes=[
            Route("/", api.about),
            Route("/services", api.services),
            Route("/services/{id}", api.service),
            Route("/organizations", api.organizations),
            Route("/organizations/{id}", api.organization),
            Route("/service_at_locations", api.service_at_locations),
            Route("/taxonomies", api.taxonomies),
            Route("/taxonomies/{id}", api.taxonomy),
            Route("/taxonomy_terms", api.terms),
            Route("/taxonomy_terms/{id}", api.one_term),
            Route("/referrals", referrals.create, methods=["POST"]),
            Route("/referrals/{reference}", referrals.read, methods=["GET"]),
            Route("/referrals/{reference}", referrals.cancel, methods=["DELETE"]),
        ],
        exception_handlers={HTTPException: _refused},
    )


class Api:
    """One endpoint each; the world holds the services."""

    def __init__(self, world: World, identity: str, manner: Manner) -> None:
        self._world = world
        self._id = identity
        self._manner = manner

    @property
    def _directory(self) -> Directory:
        return self._world.directories[self._id]

    async def about(self, request: Request) -> Response:
        return json_response(
            {
                "version": "3.1",
                "profile": "https://docs.openreferral.org/en/3.1/hsds/",
                "openapi_url": f"{request.base_url}openapi.json",
            }
        )

    async def services(self, request: Request) -> Response:
        found = self._found(request)
        if _flag(request, "minimal"):
            rows = [{"id": e.id, "last_modified": self._modified(e)} for e in found]
            return json_response(_page(rows, 1, len(rows) or 1))
        make = self._nested if _flag(request, "full") else self._listed
        return self._paged(request, found, make)

    async def service(self, request: Request) -> Response:
        entry = self._directory.get(request.path_params["id"])
        if entry is None:
            raise HTTPException(404, "no such service")
        return json_response(self._nested(entry))

    async def organizations(self, request: Request) -> Response:
        known = {entry.provider.id: entry for entry in self._directory.standing()}
        words = _words(request)
        found = [
            known[key] for key in sorted(known) if all(word in known[key].provider.name for word in words)
        ]
        return self._paged(request, found, organization)

    async def organization(self, request: Request) -> Response:
        wanted = request.path_params["id"]
        its = [entry for entry in self._directory.standing() if entry.provider.id == wanted]
        if not its:
            raise HTTPException(404, "no such organization")
        return json_response(organization(its[0]) | {"services": [self._listed(entry) for entry in its]})

    async def service_at_locations(self, request: Request) -> Response:
        pairs = [(entry, site) for entry in self._found(request) for site in entry.sites]
        full = _flag(request, "full")

        def make(pair: tuple[Entry, object]) -> Json:
            entry, site = pair
            found = next(at_location(entry, one, self._manner) for one in entry.sites if one is site)
            return found | {"service": self._nested(entry) if full else self._listed(entry)}

        return self._paged(request, pairs, make)

    async def taxonomies(self, request: Request) -> Response:
        return self._paged(request, [TAXONOMY], lambda one: one)

    async def taxonomy(self, request: Request) -> Response:
        if request.path_params["id"] != TAXONOMY["id"]:
            raise HTTPException(404, "no such taxonomy")
        return json_response(TAXONOMY)

    async def terms(self, request: Request) -> Response:
        if request.query_params.get("taxonomy_id") not in (None, TAXONOMY["id"]):
            return self._paged(request, list[Term](), term)
        words = _words(request)
        found = [one for one in self._terms() if all(word in one.name for word in words)]
        return self._paged(request, found, term)

    async def one_term(self, request: Request) -> Response:
        found = [one for one in self._terms() if uuid_of(f"term/{one.code}") == request.path_params["id"]]
        if not found:
            raise HTTPException(404, "no such taxonomy term")
        return json_response(term(found[0]))

    def _terms(self) -> list[Term]:
        known = {}
        for entry in self._directory.standing():
            for one in (entry.term, *(said for said, _ in entry.says), *(h.says for h in entry.hours)):
                if one is not None:
                    known[one.code] = one
        return [known[code] for code in sorted(known)]

    def _found(self, request: Request) -> list[Entry]:
        given = request.query_params
        after = _instant(given.get("modified_after"))
        words = _words(request)
        found = [
            entry
            for entry in self._directory.standing()
            if (after is None or self._changed_after(entry, after))
            and given.get("organization_id") in (None, entry.provider.id)
            and given.get("taxonomy_term_id") in (None, uuid_of(f"term/{entry.term.code}"))
            and given.get("taxonomy_id") in (None, TAXONOMY["id"])
            and all(word in f"{entry.zh} {entry.description} {entry.provider.name}" for word in words)
        ]
        found.sort(key=lambda entry: entry.id)
        if self._manner.newest_first:
            found.sort(key=self._directory.modified, reverse=True)
        return found

    def _changed_after(self, entry: Entry, after: datetime) -> bool:
        at = self._directory.modified(entry)
        return at >= after if self._manner.inclusive else at > after

    def _modified(self, entry: Entry) -> str:
        return self._manner.instant(self._directory.modified(entry))

    def _listed(self, entry: Entry) -> Json:
        return listed(entry, self._manner, self._directory.modified(entry))

    def _nested(self, entry: Entry) -> Json:
        directory = self._directory
        return nested(entry, self._manner, directory.modified(entry), directory.places(entry))

    def _paged(self, request: Request, found: Sequence[T], make: Callable[[T], Json]) -> Response:
        number = _count(request, "page", 1)
        size = min(_count(request, "per_page", _DEFAULT_PAGE), self._manner.most)
        rows = [make(one) for one in found[(number - 1) * size : number * size]]
        return json_response(_page(rows, number, size, len(found)))


def _page(rows: list[Json], number: int, size: int, total: int | None = None) -> Json:
    items = len(rows) if total is None else total
    pages = max(1, -(-items // size))
    return {
        "total_items": items,
        "total_pages": pages,
        "page_number": number,
        "size": len(rows),
        "first_page": number == 1,
        "last_page": number >= pages,
        "empty": not rows,
        "contents": rows,
    }


def _count(request: Request, name: str, default: int) -> int:
    given = request.query_params.get(name)
    if given is None:
        return default
    if not (given.isascii() and given.isdigit() and int(given) > 0):
        raise HTTPException(400, f"{name} is a whole number above 0")
    return int(given)


def _flag(request: Request, name: str) -> bool:
    return request.query_params.get(name, "").lower() in ("true", "1")


def _words(request: Request) -> list[str]:
    return request.query_params.get("search", "").split()


def _instant(given: str | None) -> datetime | None:
    if not given:
        return None
    try:
        at = datetime.fromisoformat(given)
    except ValueError:
        raise HTTPException(400, "modified_after is no date and time") from None
    return at if at.tzinfo is not None else at.replace(tzinfo=CHINA)


async def _refused(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return json_response({"error": error.detail if isinstance(error, HTTPException) else ""}, status)
