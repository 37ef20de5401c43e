"""Posts and users as the connector returns them; msgspec reads the wire straight into them."""

from __future__ import annotations

from typing import Annotated

import msgspec

from schema.core.docs import doc
from schema.core.record import Value

SOURCE = "posts"


class UserKey(msgspec.Struct, frozen=True, gc=False):
    """Which user of the one source that there is."""

    id: int
    source: str = SOURCE


class UserRecord(Value, frozen=True, kw_only=True):
    """用户。
    A user.
    """

    id: Annotated[int, doc("编号", "Id")]
    name: Annotated[str, doc("姓名", "Name")]
    username: Annotated[str, doc("用户名", "Login")]
    email: Annotated[str, doc("电子邮箱", "Email")]
    phone: Annotated[str | None, doc("电话", "Phone")] = None
    website: Annotated[str | None, doc("网站", "Web site")] = None


class PostRecord(Value, frozen=True, kw_only=True, rename={"user_id": "userId"}):
    """帖子。
    A post.
    """

    id: Annotated[int, doc("编号", "Id")]
    user_id: Annotated[int, doc("作者编号", "The author's id")]
    title: Annotated[str, doc("标题", "Title")]
    body: Annotated[str, doc("正文", "Text")]
