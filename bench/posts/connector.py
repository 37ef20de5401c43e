"""The connector for jsonplaceholder's interface."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle

import orjson

from bench.posts.lookups import POSTS, USER_BY_ID, AllPosts
from bench.posts.records import PostRecord, UserKey, UserRecord
from bench.posts.upstream import make_posts, make_users
from connectors.kit import Connector, answers, json_of

_decode_posts = json_of(list[PostRecord])
_decode_users = json_of(list[UserRecord])


class Posts(Connector):
    """Answers the two lookups of posts."""

    standard = "jsonplaceholder"

    @answers(POSTS)
    async def posts(self, keys: Sequence[AllPosts]) -> Mapping[AllPosts, Sequence[PostRecord]]:
        """GET /posts, once whatever the keys."""
        found = await self.upstream.get("/posts", decode=_decode_posts)
        return dict.fromkeys(keys, found.data)

    @answers(USER_BY_ID)
    async def users(self, keys: Sequence[UserKey]) -> Mapping[UserKey, UserRecord]:
        """GET /users with an `id` for each."""
        found = await self.upstream.get(
            "/users", decode=_decode_users, params={"id": [key.id for key in keys]}
        )
        return {UserKey(user.id): user for user in found.data}


def held(count: int) -> type[Connector]:
    """Give a connector that holds so many posts, ten an author, read from the wire's bytes beforehand."""
    authors = [
        user | {"id": number + 1}
        for number, user in zip(range(-(-count // 10)), cycle(make_users()), strict=False)
    ]
    made = [post | {"userId": (post["id"] - 1) // 10 + 1} for post in make_posts(count)]
    posts = _decode_posts(orjson.dumps(made))
    users = {UserKey(user.id): user for user in _decode_users(orjson.dumps(authors))}

    class Held(Connector):
        standard = "memory"

        @answers(POSTS)
        async def posts(self, keys: Sequence[AllPosts]) -> Mapping[AllPosts, Sequence[PostRecord]]:
            return dict.fromkeys(keys, posts)

        @answers(USER_BY_ID)
        async def users(self, keys: Sequence[UserKey]) -> Mapping[UserKey, UserRecord]:
            return {key: users[key] for key in keys}

    return Held
