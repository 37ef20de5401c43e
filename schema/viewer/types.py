"""Me: what the graph knows of whoever asks, as far as that person's token says it."""

from __future__ import annotations

from collections.abc import Sequence

import strawberry

from schema.booking.queries import MyBookings
from schema.civic.mine import MyReports
from schema.core.context import Info
from schema.core.docs import text
from schema.core.entity import relation
from schema.core.viewer import Viewer


@strawberry.type(
    description=text("提问者本人，以其令牌所述为准", "Whoever asks, as the token says it"),
)
class Me(MyBookings, MyReports):
    """At run time a Viewer."""

    @relation("身份，如 resident（居民）", "The role, such as `resident`")
    @staticmethod
    def role(root: strawberry.Parent[Viewer]) -> str:
        """As the token has it."""
        return root.role

    @relation("令牌准许前端所做的事", "What the token lets the front end do")
    @staticmethod
    def scopes(root: strawberry.Parent[Viewer]) -> Sequence[str]:
        """In the order of the alphabet."""
        return sorted(root.scopes)

    @relation(
        "已关联本人账号的来源编号；账号本身从不给出",
        "Ids of the sources at which an account of one's own is linked; its number is never given",
        list[strawberry.ID],
    )
    @staticmethod
    def linked(root: strawberry.Parent[Viewer], info: Info) -> Sequence[str]:
        """Of the sources that there are."""
        return sorted(root.accounts.keys() & info.context.sources.keys())
