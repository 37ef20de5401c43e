"""Questions about whoever asks."""

from __future__ import annotations

import strawberry

from schema.core.context import Info, viewer_of
from schema.core.entity import relation
from schema.core.viewer import Viewer
from schema.viewer.types import Me


@strawberry.type
class ViewerQuery:
    """What is the viewer's own."""

    @relation(
        "提问者本人；需要令牌，没有令牌为 UNAUTHENTICATED",
        "Whoever asks; needs a token, and is UNAUTHENTICATED without",
        Me | None,
        personal=True,
    )
    @staticmethod
    def me(info: Info) -> Viewer | None:
        """The token's own words; nobody is asked."""
        return viewer_of(info)
