"""What the posts' schema asks of its source; nothing may be used again (no freshness)."""

from __future__ import annotations

import msgspec

from bench.posts.records import PostRecord, UserKey, UserRecord
from schema.core.lookup import Lookup, Search


class AllPosts(msgspec.Struct, frozen=True):
    """Every post."""


POSTS: Search[AllPosts, PostRecord] = Search("posts.all")
USER_BY_ID: Lookup[UserKey, UserRecord] = Lookup("posts.user_by_id")
