"""The public workload is the same question to everybody, or the benchmark would compare nothing."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.load import data_of
from bench.posts.queries import GREET, POSTS, POSTS_WITH_USERS
from bench.posts.upstream import answer, make_posts, make_users
from bench.process import Process
from bench.workloads import Rival, public_rivals

CORE = max(os.sched_getaffinity(0))


@pytest.fixture(scope="module")
def rest() -> Iterator[str]:
    """The REST server's address."""
    with Process(lambda port: [sys.executable, "-m", "bench.posts.upstream", str(port)], CORE) as process:
        yield process.url


def _expected(query: str) -> bytes:
    """Join by the book what the REST server tells."""
    users = {user["id"]: {name: user[name] for name in ("id", "name", "email")} for user in make_users()}
    data: object = {
        POSTS_WITH_USERS: {
            "posts": [
                {
                    "id": post["id"],
                    "userId": post["userId"],
                    "title": post["title"],
                    "user": users[post["userId"]],
                }
                for post in make_posts()
            ]
        },
        POSTS: {"posts": [{"title": post["title"]} for post in make_posts()]},
        GREET: {"greet": "Hello World!"},
    }[query]
    return json.dumps(data, separators=(",", ":")).encode()


@pytest.mark.parametrize("name", [rival.name for rival in public_rivals("", Path())])
def test_every_server_gives_the_same_bytes(name: str, rest: str, tmp_path: Path) -> None:
    """Each rival, Tailcall included, answers the three queries with byte-equal `data`."""
    rival: Rival = next(rival for rival in public_rivals(rest, tmp_path) if rival.name == name)
    with Process(rival.command, CORE, rival.environment) as server:
        for query in (POSTS_WITH_USERS, POSTS, GREET):
            assert data_of(f"{server.url}/graphql", query) == _expected(query)


def test_the_rest_server_speaks_as_jsonplaceholder_does() -> None:
    """100 posts of ten authors in about 27 KB; users singly and by repeated ids; 404 beyond."""
    head, _, body = answer("/posts").partition(b"\r\n\r\n")
    posts = json.loads(body)
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert 25_000 < len(body) < 30_000
    assert [post["id"] for post in posts] == list(range(1, 101))
    assert [post["userId"] for post in posts] == [number for number in range(1, 11) for _ in range(10)]
    single = answer("/users/3").partition(b"\r\n\r\n")[2]
    several = answer("/users?id=3&id=1").partition(b"\r\n\r\n")[2]
    assert json.loads(single)["name"] == "Clementine Bauch"
    assert [user["id"] for user in json.loads(several)] == [1, 3]
    assert answer("/users/11").startswith(b"HTTP/1.1 404 Not Found\r\n")
