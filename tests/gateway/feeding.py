"""A process that consumes a feed until it is killed: `python -m tests.gateway.feeding DIRECTORY PAGES`.

It writes a line for each page that it asks for, the cursor or "None", and "whole" when its copy is. The feed
has so many pages of 50 things each; every third page takes one thing of the page before away again.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from connectors.kit import FeedPage
from tests.gateway.replicas import Script, consuming, gone, item

SIZE = 50


def things(number: int) -> FeedPage:
    """Give one page of the feed."""
    changes = [item(f"{n:06d}", 1, "x" * 500, size=n) for n in range(number * SIZE, (number + 1) * SIZE)]
    taken = [gone(f"{(number - 1) * SIZE:06d}", 2)] if number % 3 == 2 else []
    return FeedPage(changes=[*changes, *taken], cursor=str(number + 1), more=True)


def left(pages: int) -> set[str]:
    """The ids that are there after so many pages."""
    taken = {f"{(number - 1) * SIZE:06d}" for number in range(pages) if number % 3 == 2}
    return {f"{n:06d}" for n in range(pages * SIZE)} - taken


class Pages(Script):
    """A feed of so many pages."""

    def __init__(self, pages: int) -> None:
        super().__init__(pause_s=0.05)
        self.pages = pages

    async def read(self, cursor: str | None) -> FeedPage:
        """Give a page, and say which was asked for."""
        sys.stdout.write(f"{cursor}\n")
        sys.stdout.flush()
        await asyncio.sleep(0.001)
        number = int(cursor or 0)
        return things(number) if number < self.pages else FeedPage(changes=(), cursor=str(number), more=False)


async def main(directory: Path, pages: int) -> None:
    """Consume for ever."""
    async with consuming(directory, Pages(pages)) as replica:
        await replica.filled()
        sys.stdout.write("whole\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
