"""What the gateway is measured against on the public workload, each written as its users would.

- `strawberry`: plain Strawberry with its DataLoader, its own ASGI endpoint, and httpx;
- `joined`: raw Starlette, a handler an operation that fetches, joins and writes by hand, with the fastest
  client, decoder and encoder that the gateway has: what no executor at all would cost;
- `constant`: raw Starlette, an answer made once: what the server and the framework cost;
- `bare`: uvicorn without any framework, an answer made once: what no ASGI application can undercut.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec
import orjson
import strawberry
from pyreqwest.client import Client, ClientBuilder
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader

from bench.posts.queries import GREET, GREETING, POSTS, POSTS_WITH_USERS
from bench.posts.upstream import make_posts, make_users


@strawberry.type(name="User")
class _User:
    id: int
    name: str
    username: str
    email: str
    phone: str | None
    website: str | None


@strawberry.type(name="Post")
class _Post:
    id: int
    user_id: int
    title: str
    body: str

    @strawberry.field
    async def user(self, info: strawberry.Info[dict[str, Any], None]) -> _User | None:
        found: _User | None = await info.context["users"].load(self.user_id)
        return found


@strawberry.type(name="Query")
class _Query:
    @strawberry.field
    async def posts(self, info: strawberry.Info[dict[str, Any], None]) -> list[_Post]:
        response = await info.context["http"].get("/posts")
        return [
            _Post(id=post["id"], user_id=post["userId"], title=post["title"], body=post["body"])
            for post in response.json()
        ]

    @strawberry.field
    async def greet(self) -> str:
        return GREETING


class _Endpoint(GraphQL[dict[str, Any], None]):
    def __init__(self, upstream: str) -> None:
        super().__init__(strawberry.Schema(_Query), graphql_ide=None)
        self.http = httpx.AsyncClient(base_url=upstream, timeout=60)

    async def get_context(self, request: Any, response: Any) -> dict[str, Any]:
        return {"http": self.http, "users": DataLoader(self._users)}

    async def _users(self, ids: list[int]) -> list[_User | None]:
        response = await self.http.get("/users", params={"id": ids})
        found = {
            user["id"]: _User(**{name: user[name] for name in _User.__annotations__})
            for user in response.json()
        }
        return [found.get(id_) for id_ in ids]


def strawberry_app(upstream: str) -> Starlette:
    """Plain Strawberry over the REST server."""
    endpoint = _Endpoint(upstream)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with endpoint.http:
            yield

    return Starlette(routes=[Route("/graphql", endpoint)], lifespan=lifespan)


class _PostOnWire(msgspec.Struct, gc=False):
    id: int
    userId: int  # noqa: N815  # the wire's own name
    title: str


class _UserOnWire(msgspec.Struct, gc=False):
    id: int
    name: str
    email: str


_posts_of = msgspec.json.Decoder(list[_PostOnWire]).decode
_users_of = msgspec.json.Decoder(list[_UserOnWire]).decode


def joined_app(upstream: str) -> Starlette:
    """A hand-written handler for each operation, without an executor."""
    client: Client | None = None

    async def get(path: str) -> bytes:
        assert client is not None
        response = await client.get(upstream + path).build().send()
        return bytes(await response.bytes())

    async def with_users() -> dict[str, Any]:
        posts = _posts_of(await get("/posts"))
        wanted = dict.fromkeys(post.userId for post in posts)
        users = _users_of(await get("/users?" + "&".join(f"id={id_}" for id_ in wanted)))
        by_id = {user.id: {"id": user.id, "name": user.name, "email": user.email} for user in users}
        return {
            "posts": [
                {"id": post.id, "userId": post.userId, "title": post.title, "user": by_id[post.userId]}
                for post in posts
            ]
        }

    async def titles() -> dict[str, Any]:
        return {"posts": [{"title": post.title} for post in _posts_of(await get("/posts"))]}

    async def greet() -> dict[str, Any]:
        return {"greet": GREETING}

    answers: dict[str, Callable[[], Awaitable[dict[str, Any]]]] = {
        POSTS_WITH_USERS: with_users,
        POSTS: titles,
        GREET: greet,
    }

    async def handle(request: Request) -> Response:
        data = await answers[orjson.loads(await request.body())["query"]]()
        return Response(orjson.dumps({"data": data}), media_type="application/json")

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        nonlocal client
        async with ClientBuilder().build() as client:
            yield

    return Starlette(routes=[Route("/graphql", handle, methods=["POST"])], lifespan=lifespan)


def _constants() -> dict[str, bytes]:
    """Give the three answers, made at start."""
    users = {user["id"]: {name: user[name] for name in ("id", "name", "email")} for user in make_users()}
    posts = make_posts()
    with_users = [
        {**{name: post[name] for name in ("id", "userId", "title")}, "user": users[post["userId"]]}
        for post in posts
    ]
    answers = {
        POSTS_WITH_USERS: {"posts": with_users},
        POSTS: {"posts": [{"title": post["title"]} for post in posts]},
        GREET: {"greet": GREETING},
    }
    return {query: orjson.dumps({"data": data}) for query, data in answers.items()}


def constant_app() -> Starlette:
    """A constant by Starlette."""
    bodies = _constants()

    async def handle(request: Request) -> Response:
        return Response(bodies[orjson.loads(await request.body())["query"]], media_type="application/json")

    return Starlette(routes=[Route("/graphql", handle, methods=["POST"])])


def bare_app() -> ASGIApp:
    """A constant by ASGI alone."""
    heads = {
        query: (
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [
                    (b"content-type", b"application/json"),
                    (b"content-length", str(len(body)).encode()),
                ],
            },
            {"type": "http.response.body", "body": body},
        )
        for query, body in _constants().items()
    }

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            start, body = heads[orjson.loads((await receive())["body"])["query"]]
            await send(start)
            await send(body)

    return app
