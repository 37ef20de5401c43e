"""How each library's installation differs: its Koha release, its way in, its cataloguing habits."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Site:
    """One installation.

    `embeds` is Koha 25.11, which embeds items on /biblios and tells apart what bars a reader from holds.
    `isbns` is how older records spell ISBNs.
    `daia_batch` is how many ids a DAIA request may name before the rest is left to a next request.
    `cancelling` is what cancelling a hold that waits on the shelf answers. `stacks` says that what is kept
    in closed stacks is brought to the reading room for whoever asks for it over PAIA.
    """

    id: str
    prefix: str
    oauth: bool = False
    embeds: bool = False
    isbns: Literal["plain", "both", "hyphens"] = "plain"
    daia_batch: int = 100
    cancelling: Literal[202, 204] = 204
    page_cap: int = 100
    stacks: bool = False


SITES: tuple[Site, ...] = (
    Site("library-district", "opac-cn-lgq", oauth=True, embeds=True, stacks=True),
    Site("library-buji", "opac-cn-buji", isbns="both"),
    Site("library-bantian", "opac-cn-bantian", isbns="hyphens", daia_batch=20, cancelling=202),
)
