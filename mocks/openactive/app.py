"""The routes of one OpenActive system: dataset site, feeds, booking."""

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mocks.faults import switched
from mocks.openactive.desk import Desk
from mocks.openactive.errors import BookingError, booking_response, error
from mocks.openactive.feeds import Feeds, unit_of
from mocks.openactive.models import Json, Models
from mocks.openactive.taken import Places
from mocks.world import World
from mocks.world.leisure import Operator

_RPDE = "application/vnd.openactive.rpde+json; version=1"
_MODES = ("modified_text", "shuffled", "repeated")
_TYPES = {
    "facility-uses": "FacilityUse",
    "slots": "Slot",
    "session-series": "SessionSeries",
    "scheduled-sessions": "ScheduledSession",
    "course-instances": "CourseInstance",
}


def create_app(world: World, operator: Operator) -> Starlette:
    models, places = Models(operator), Places(unit_of(operator))
    feeds = Feeds(world, operator, models, places)
    site = _Site(operator, feeds)
    desk = Desk(world, operator, models, places, feeds.find)
    api = "/openbooking"
    return Starlette(
        routes=[
            Route("/dataset", site.dataset, methods=["GET"]),
            Route("/feeds/{name}", site.feed, methods=["GET"]),
            Route(f"{api}/order-quote-templates/{{uuid}}", desk.c1, methods=["PUT"]),
            Route(f"{api}/order-quotes/{{uuid}}", desk.c2, methods=["PUT"]),
            Route(f"{api}/order-quotes/{{uuid}}", desk.drop_quote, methods=["DELETE"]),
            Route(f"{api}/orders/{{uuid}}", desk.b, methods=["PUT"]),
            Route(f"{api}/orders/{{uuid}}", desk.status, methods=["GET"]),
            Route(f"{api}/orders/{{uuid}}", desk.cancel, methods=["PATCH"]),
            Route(f"{api}/orders-rpde", desk.orders_feed, methods=["GET"]),
        ],
        exception_handlers={BookingError: _refused, HTTPException: _http_error},
    )


class _Site:
    """What is open to all."""

    def __init__(self, operator: Operator, feeds: Feeds) -> None:
        self._operator = operator
        self._feeds = feeds

    async def feed(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._feeds.names:
            raise HTTPException(404)
        asked = request.query_params
        current = 2 if switched(request.scope, "new_edition") else 1
        edition = int(asked.get("edition", "1"))
        after = None
        if "afterTimestamp" in asked:
            if edition != current:
                raise BookingError("GoneError", "The feed has begun anew.")
            after = (int(asked["afterTimestamp"]), asked.get("afterId", ""))
        modes = frozenset(mode for mode in _MODES if switched(request.scope, mode))
        page = self._feeds.page(name, after, current, modes)
        if page is None:
            return _rpde(self._feeds.end(str(request.url)), 8)
        page["next"] = f"{request.url.replace(query='')}?{page['next']}"
        return _rpde(page, 3600)

    async def dataset(self, request: Request) -> Response:
        root = str(request.url).removesuffix("/dataset")
        feeds = [
            {
                "@type": "DataDownload",
                "name": _TYPES[name],
                "additionalType": f"https://openactive.io/{_TYPES[name]}",
                "encodingFormat": _RPDE,
                "contentUrl": f"{root}/feeds/{name}",
            }
            for name in self._feeds.names
        ]
        found: Json = {
            "@context": ["https://schema.org/", "https://openactive.io/"],
            "@type": "Dataset",
            "@id": str(request.url),
            "url": str(request.url),
            "name": f"{self._operator.zh}开放数据",
            "description": f"{self._operator.zh}的场地、课程与余量。",
            "keywords": ["场地", "课程", "余量"],
            "license": "https://creativecommons.org/licenses/by/4.0/",
            "inLanguage": ["zh-CN"],
            "schemaVersion": "https://openactive.io/modelling-opportunity-data/2.0/",
            "publisher": {"@type": "Organization", "name": self._operator.zh},
            "distribution": feeds,
            "accessService": {
                "@type": "WebAPI",
                "name": "Open Booking API",
                "conformsTo": ["https://openactive.io/open-booking-api/EditorsDraft/1.0CR3/"],
                "endpointUrl": f"{root}/openbooking",
            },
        }
        return Response(orjson.dumps(found), media_type="application/ld+json")


def _rpde(page: Json, max_age: int) -> Response:
    headers = {"cache-control": f"public, max-age={max_age}", "content-type": _RPDE}
    return Response(orjson.dumps(page), headers=headers)


async def _refused(_: Request, refused: Exception) -> Response:
    if isinstance(refused, BookingError):
        return booking_response(refused.body, refused.status)
    raise refused


async def _http_error(_: Request, refused: Exception) -> Response:
    status = refused.status_code if isinstance(refused, HTTPException) else 500
    kind = {404: "NotFoundError", 405: "MethodNotAllowedError"}.get(status, "OpenBookingError")
    return booking_response({"@context": "https://openactive.io/", **error(kind, kind)}, status)
