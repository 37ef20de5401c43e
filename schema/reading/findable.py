"""What of this scenario `search` finds; titles are found by the libraries' own catalogues."""

from __future__ import annotations

from schema.core.findable import Findable
from schema.core.scenario import Scenario
from schema.reading.lookups import LIBRARIES, AllLibraries
from schema.reading.records import LibraryRecord

READING_FINDABLE: tuple[Findable, ...] = (
    Findable(
        record=LibraryRecord,
        scenario=Scenario.READING,
        called=("图书馆", "阅读", "library"),
        search=LIBRARIES,
        key=lambda _: AllLibraries(),
        words=lambda library: (library.address,),
    ),
)
