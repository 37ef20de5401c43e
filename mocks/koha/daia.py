"""DAIA: whether and how the copies of a document can be had now; open to everybody."""

import re
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mocks.asgi import json_response
from mocks.koha.desk import loanable
from mocks.koha.system import System
from mocks.world.libraries import Biblio, Item

_HEADERS = {"X-DAIA-Version": "1.0.0", "Content-Language": "zh", "Access-Control-Allow-Origin": "*"}
_LIMITATION = "http://purl.org/ontology/dso#"
_NAMED = re.compile(r"(?:(?P<prefix>[\w-]+):)?(?P<kind>ppn|isbn):(?P<key>[\dXx-]+)|(?P<bare>\d+)")
_E_COPIES_SINCE = 2018


def document_uri(system: System, biblio: int) -> str:
    return f"{system.site.prefix}:ppn:{biblio}"


def item_uri(system: System, item: int) -> str:
    return f"{system.site.prefix}:epn:{item}"


def branch_uri(branch: str) -> str:
    return f"urn:longgang:library:{branch}"


class Daia:
    """The availability of one library's documents."""

    def __init__(self, system: System) -> None:
        self._system = system

    def routes(self) -> list[Route]:
        return [Route("/daia", self.answer, methods=["GET", "HEAD", "POST", "PUT", "DELETE"])]

    async def answer(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            return _error(405, "only GET is answered")
        if request.query_params.get("format") != "json":
            return _error(422, "format=json is required")
        wanted = [key for key in request.query_params.get("id", "").split("|") if key]
        if not wanted:
            return _error(422, "id is required")
        if request.query_params.keys() & {"patron", "patron-type"}:
            return _error(501, "availability for one patron is not offered", "not_implemented")
        now, later = wanted[: self._system.site.daia_batch], wanted[self._system.site.daia_batch :]
        base = str(request.url.replace(query=""))
        headers = dict(_HEADERS)
        if later:
            headers["Link"] = f'<{base}?format=json&id={quote("|".join(later), safe=":")}>; rel="next"'
        documents = [self._document(key, biblio, base) for key in now if (biblio := self._find(key))]
        plan = self._system.library.plan
        answer = {
            "document": _unique(documents),
            "institution": {"id": branch_uri(plan.id), "content": plan.name},
            "timestamp": self._system.desk.now.isoformat(timespec="seconds"),
        }
        return json_response(answer, headers=headers)

    def _find(self, wanted: str) -> int | None:
        """The biblio that a request identifier means: ours in full or in part, or an ISBN."""
        parts = _NAMED.fullmatch(wanted)
        if parts is None or parts["prefix"] not in (None, self._system.site.prefix):
            return None
        if parts["kind"] == "isbn":
            return self._system.catalogue.isbns.get(parts["key"].replace("-", ""))
        key = int(parts["key"] or parts["bare"]) if (parts["key"] or parts["bare"]).isdecimal() else 0
        return key if key in self._system.catalogue.biblios else None

    def _document(self, requested: str, key: int, base: str) -> dict[str, Any]:
        row = self._system.catalogue.biblios[key]
        about = " / ".join(part for part in (row["title"], row["author"]) if part)
        found = {"id": document_uri(self._system, key), "requested": requested, "about": about}
        biblio = self._system.library.biblios[key - 1]
        items = [self._item(item, base) for item in biblio.items if not item.withdrawn]
        if self._has_e_copy(biblio):
            items.append(self._e_copy(key, base))
        return found | ({"item": items} if items else {})

    def _item(self, item: Item, base: str) -> dict[str, Any]:
        available, unavailable = self._services(item, base)
        found: dict[str, Any] = {
            "id": item_uri(self._system, item.id),
            "label": item.callnumber,
            "department": {
                "id": branch_uri(item.holding),
                "content": self._system.branches[item.holding]["name"],
            },
            "storage": {"content": item.place},
        }
        services = {"available": available, "unavailable": unavailable}
        return found | {name: these for name, these in services.items() if these}

    def _services(self, item: Item, base: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        desk = self._system.desk
        queue = len(desk.queue(item.biblio))
        if item.lost or item.damaged:
            return [], [{"service": "presentation"}, {"service": "loan"}]
        if item.kind == "THING":
            href = f"{base.removesuffix('/daia')}/api/v1/bookings"
            return [
                {"service": "loan", "href": href, "limitation": [_limitation("ShortLoan", "需先预约")]}
            ], []
        if not loanable(item):
            here = [{"service": "presentation", "limitation": [_limitation("Stationary", "仅限馆内阅览")]}]
            if item.kind == "LOCAL":
                here[0]["delay"] = "PT1H"
            if self._system.site.stacks and item.kind == "LOCAL":
                here[0]["href"] = f"{base.removesuffix('/daia')}/stacks/{item.id}"
                if queue := len(self._system.stacks.orders_of(item.id)):
                    del here[0]["delay"]
                    return [], [{**here[0], "queue": queue}, {"service": "loan"}]
            return here, [{"service": "loan"}]
        if (loan := desk.loan_of(item.id)) is not None:
            expected = loan.due.date().isoformat() if loan.due > desk.now else "unknown"
            away: dict[str, Any] = {"expected": expected} | ({"queue": queue} if queue else {})
            return [], [{"service": "presentation", **away}, {"service": "loan", **away}]
        if desk.shelved_for(item.id) is not None:
            return [], [{"service": "presentation"}, {"service": "loan", "queue": queue + 1}]
        if item.holding != item.home:  # on its way
            return [{"service": name, "delay": "unknown"} for name in ("presentation", "loan")], []
        services: list[dict[str, Any]] = [{"service": "presentation"}, {"service": "loan"}]
        if item.kind == "BOOK" and item.home == self._system.library.branches[0].id:
            approval = _limitation("ApprovalRequired", "须由读者所在图书馆申请")
            services.append({"service": "interloan", "delay": "P3D", "limitation": [approval]})
        return services, []

    def _has_e_copy(self, biblio: Biblio) -> bool:
        return (
            self._system.site.oauth  # only the district library licenses digital copies
            and biblio.kind == "BOOK"
            and biblio.edition is not None
            and biblio.edition.year >= _E_COPIES_SINCE
            and biblio.id % 9 == 0
        )

    def _e_copy(self, key: int, base: str) -> dict[str, Any]:
        return {
            "id": f"{self._system.site.prefix}:ebook:{key}",
            "about": "电子书",
            "available": [
                {
                    "service": "remote",
                    "href": f"{base.removesuffix('/daia')}/ebook/{key}",
                    "delay": "PT0S",
                    "limitation": [_limitation("ApprovalRequired", "凭读者证登录")],
                }
            ],
        }


def _unique(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Ids are unique in an answer, even if one document was asked for under two names: the first stays."""
    found: dict[str, dict[str, Any]] = {}
    for document in documents:
        found.setdefault(document["id"], document)
    return list(found.values())


def _limitation(name: str, content: str) -> dict[str, str]:
    return {"id": _LIMITATION + name, "content": content}


def _error(status: int, description: str, code: str = "invalid_request") -> Response:
    answer = {"error": code, "code": status, "error_description": description}
    return json_response(answer, status, _HEADERS)
