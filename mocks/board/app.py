"""The routes of the board, and its posts in schema.org's words."""

from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from mocks.asgi import json_response
from mocks.auth import ApiKey, protect
from mocks.world import World
from mocks.world.board import Post

_CONTEXT = "https://schema.org"
_PAGE = 20
_LONGEST = 100
_GOODRELATIONS = "http://purl.org/goodrelations/v1#"
_FUNCTIONS = {"give": "Dispose", "lend": "LeaseOut", "sell": "Sell"}
_PREFIXES = ("https://schema.org/", "http://schema.org/", "")
_OVER = ("SoldOut", "Discontinued")


def create_app(world: World, key: ApiKey) -> ASGIApp:
    board = _Board(world)
    routes = [
        Route("/posts", board.find, methods=["GET"]),
        Route("/posts/{identifier}", board.one, methods=["GET"]),
    ]
    return protect(Starlette(routes=routes), key, refusal=_refusal)


class _Board:
    """One endpoint each; the posts are the world's."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def find(self, request: Request) -> Response:
        query = request.query_params
        try:
            page, size = int(query.get("page", 1)), min(int(query.get("pageSize", _PAGE)), _LONGEST)
        except ValueError:
            page = size = 0
        if page < 1 or size < 1:
            return _refusal(400, "page and pageSize are numbers from 1 on")
        found = sorted(
            (post for post in self._world.board.posts if post.availability not in _OVER),
            key=lambda post: (post.posted, post.id),
            reverse=True,
        )
        for name, value in (
            ("identifier", lambda post: post.id),
            ("additionalType", lambda post: "Demand" if post.wanted else "Offer"),
            ("category", lambda post: post.category),
            ("areaServed", lambda post: post.community.code),
        ):  # fmt: skip
            if wanted := query.getlist(name):
                found = [post for post in found if value(post) in wanted]
        first = (page - 1) * size
        items = [
            {"@type": "ListItem", "position": place, "item": _item(post)}
            for place, post in enumerate(found[first : first + size], first + 1)
        ]
        return _answer({"@type": "ItemList", "numberOfItems": len(found), "itemListElement": items})

    async def one(self, request: Request) -> Response:
        wanted = request.path_params["identifier"]
        post = next((post for post in self._world.board.posts if post.id == wanted), None)
        return _refusal(404, "no such post") if post is None else _answer(_item(post))


def _item(post: Post) -> dict[str, Any]:
    number = int(post.id[1:])
    found: dict[str, Any] = {
        "@type": "Demand" if post.wanted else "Offer",
        "@id": f"https://board.longgang.example/posts/{post.id}",
        "identifier": post.id,
        "url": f"https://board.longgang.example/posts/{post.id}",
        "name": post.goods,
        "description": post.text,
        "businessFunction": _GOODRELATIONS + _FUNCTIONS[post.deal],
        "availability": _PREFIXES[number % 3] + post.availability,
        "validFrom": post.posted.isoformat(),
        "areaServed": {
            "@type": "AdministrativeArea",
            "identifier": post.community.code,
            "name": post.community.name,
        },
        "availableAtOrFrom": {
            "@type": "Place",
            "address": post.address,
            "geo": {
                "@type": "GeoCoordinates",
                "latitude": post.position[0],
                "longitude": post.position[1],
            },
        },
        "offeredBy": {
            "@type": "Person",
            "familyName": post.neighbour.family,
            "givenName": post.neighbour.given,
            "name": post.neighbour.full,
            "telephone": post.phone,
        },
    }
    if post.category:
        found["category"] = post.category
    if not post.wanted or post.deal == "sell":
        found |= {"price": str(post.price) if number % 2 else post.price, "priceCurrency": "CNY"}
    if post.expires is not None:
        found["validThrough"] = post.expires.isoformat()
    if post.photos:
        found["image"] = _image(post.photos, number)
    return found


def _image(photos: tuple[str, ...], number: int) -> Any:
    if number % 3 == 0:
        return [{"@type": "ImageObject", "contentUrl": photo} for photo in photos]
    return photos[0] if len(photos) == 1 else list(photos)


def _answer(thing: dict[str, Any], status: int = 200) -> Response:
    response = json_response({"@context": _CONTEXT, **thing}, status)
    response.headers["content-type"] = "application/ld+json"
    return response


def _refusal(status: int, message: str) -> Response:
    return _answer({"@type": "Thing", "description": message}, status)
