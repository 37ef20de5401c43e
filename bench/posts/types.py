"""The posts' schema, written as the scenarios are."""

from __future__ import annotations

from collections.abc import Sequence

import strawberry

from bench.posts.lookups import POSTS, USER_BY_ID, AllPosts
from bench.posts.queries import GREETING
from bench.posts.records import PostRecord, UserKey, UserRecord
from schema.core.context import Info
from schema.core.docs import text
from schema.core.entity import part, relation


@part(UserRecord, "User")
class User:
    """A user, without relations."""


@part(PostRecord, "Post")
class Post:
    """A post and its author."""

    @relation("作者", "Who wrote it", type_=User | None)
    @staticmethod
    async def user(root: strawberry.Parent[PostRecord], info: Info) -> UserRecord | None:
        """All authors of a level in one call."""
        return await info.context.load(USER_BY_ID, UserKey(root.user_id))


@strawberry.type(description=text("查询入口", "Where every question begins"))
class Query:
    """The three fields of the public workload."""

    @relation("全部帖子", "Every post", type_=list[Post])
    @staticmethod
    async def posts(info: Info) -> Sequence[PostRecord]:
        """One call."""
        return (await info.context.search(POSTS, AllPosts())).items

    @relation("问候", "A greeting")
    @staticmethod
    def greet() -> str:
        """No call."""
        return GREETING


def posts_schema() -> strawberry.Schema:
    """Give the schema."""
    return strawberry.Schema(Query)
