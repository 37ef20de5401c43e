"""Album: keeps residents' photos in the ledger's database, and gives them to whoever has their address."""

from __future__ import annotations

import time
from functools import partial

from gateway.commands import photos
from gateway.commands.asking import Asking
from schema.core.viewer import Viewer


class Album:
    """Implements `gateway.photos.endpoint.PhotoStore`."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    async def add(self, viewer: Viewer, content: bytes) -> str | None:
        """Keep a photo and give its id; None where its resident has had his photos of the day."""
        id_ = photos.make_id()
        taken = await self._asking.read(
            partial(photos.add, resident=viewer.resident, id_=id_, content=content, now=time.time())
        )
        return id_ if taken else None

    async def find(self, id_: str) -> bytes | None:
        """Give a photo by its id."""
        return await self._asking.read(partial(photos.content_of, id_=id_))
