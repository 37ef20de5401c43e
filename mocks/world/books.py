"""The editions that a public library here may hold: real works, in plausible editions with valid ISBNs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

from mocks.world.geography import COMMUNITIES
from mocks.world.publishers import PUBLISHERS, Publisher

_HERE = Path(__file__)
_CHILDREN = ("童书",)
_REFERENCE = ("H16", "H316", "TH122-62")
_LOCAL_TOPICS = (
    ("志", "K296.53", "{0}地方志编纂委员会"),
    ("口述史", "K296.53", "{0}文化服务中心"),
    ("客家围屋图录", "K928.71", "龙岗客家民俗博物馆"),
    ("老照片", "K296.53", "{0}文化服务中心"),
    ("文物古迹", "K872.653", "龙岗区文物管理所"),
    ("美食地图", "TS971.202", "{0}文化服务中心"),
    ("植物手册", "Q948.526", "龙岗区绿化管理中心"),
    ("民间故事集", "I277.3", "龙岗区非物质文化遗产保护中心"),
)


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of one work, the same wherever it is held."""

    isbn: str
    title: str
    author: str
    classification: str
    publisher: Publisher
    year: int
    printing: int
    pages: int
    price: float
    children: bool
    reference: bool
    local: bool
    series: str | None = None
    part_number: str | None = None
    part_name: str | None = None


def editions(rng: Random, today: date) -> tuple[Edition, ...]:
    """Every edition, in a fixed order; no two share an ISBN."""
    return tuple(_Press(rng, today.year).all())


def isbn10(isbn: str) -> str:
    """The older form of a 978 ISBN."""
    core = isbn[3:12]
    total = sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), core, strict=True))
    return core + "0123456789X"[-total % 11]


def isbn13(core: str) -> str:
    """`core` (978 and nine digits) with its check digit."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(core))
    return core + str(-total % 10)


class _Press:
    """Brings out the editions and gives each the next free ISBN of its publisher."""

    def __init__(self, rng: Random, year: int) -> None:
        self._rng = rng
        self._year = year
        self._numbers: dict[str, int] = {}

    def all(self) -> Iterator[Edition]:
        yield from self._works()
        yield from self._series()
        yield from self._local()

    def _edition(
        self, title: str, author: str, classification: str, publisher: str, year: int, printing: int = 1,
        *, children: bool = False, local: bool = False,
        part: tuple[str, int, str] | None = None,
    ) -> Edition:  # fmt: skip
        press = PUBLISHERS[publisher]
        return Edition(
            self._isbn(press),
            title,
            author,
            classification,
            press,
            year,
            printing,
            self._rng.randrange(32, 120) if children else self._rng.randrange(140, 720),
            self._rng.randrange(15, 90) + self._rng.choice((0, 0, 0.8, 0.5)),
            children,
            classification.startswith(_REFERENCE),
            local,
            *((part[0], str(part[1]), part[2]) if part else ()),
        )

    def _isbn(self, publisher: Publisher) -> str:
        digits = 9 - len(publisher.prefix)
        first = 10 ** (digits - 1) // 3
        number = self._numbers.get(publisher.prefix, first) + self._rng.randrange(1, 9)
        self._numbers[publisher.prefix] = number
        return isbn13(f"978{publisher.prefix}{number % 10**digits:0{digits}d}")

    def _works(self) -> Iterator[Edition]:
        section = ""
        for line in _lines("works.txt"):
            if line.startswith("@"):
                section = line[2:]
                continue
            title, author, classification, publishers, printings = line.split("|")
            children = section in _CHILDREN or classification.startswith(("I712.8", "I561.8"))
            for publisher in publishers.split():
                years = sorted(self._rng.sample(range(1998, self._year + 1), int(printings) + 1))
                for printing, year in enumerate(years, 1):
                    yield self._edition(
                        title, author, classification, publisher, year, printing,
                        children=children, local=section == "深圳",
                    )  # fmt: skip

    def _series(self) -> Iterator[Edition]:
        for line in _lines("series.txt"):
            title, author, classification, publisher, parts = line.split("|")
            children = not classification.startswith(("K2", "I247.56", "K92"))
            for printing, year in enumerate(sorted(self._rng.sample(range(2004, self._year + 1), 3)), 1):
                for number, part in enumerate(parts.split(";"), 1):
                    yield self._edition(
                        f"{title}. {number}, {part}", author, classification, publisher, year, printing,
                        children=children, part=(title, number, part),
                    )  # fmt: skip

    def _local(self) -> Iterator[Edition]:
        def local(title: str, author: str, classification: str, year: int) -> Edition:
            return self._edition(title, author, classification, "hh", year, local=True)

        for year in range(1994, self._year):
            yield local(f"龙岗年鉴. {year}", "龙岗区史志办公室", "Z526.53", year + 1)
        for year in range(1990, self._year):
            yield local(f"深圳年鉴. {year}", "深圳年鉴编辑委员会", "Z526.53", year)
        subdistricts = dict.fromkeys(community.subdistrict for community in COMMUNITIES)
        for subdistrict in subdistricts:
            for year in range(2014, self._year):
                yield local(f"{subdistrict}年鉴. {year}", f"{subdistrict}办事处", "Z526.53", year + 1)
            for topic, classification, author in _LOCAL_TOPICS:
                year = self._rng.randrange(2008, self._year)
                yield local(f"{subdistrict[:-2]}{topic}", author.format(subdistrict), classification, year)
        for community in COMMUNITIES:
            author = f"{community.subdistrict}{community.name}居民委员会"
            year = self._rng.randrange(2015, self._year)
            yield local(f"{community.name[:-2]}村史", author, "K296.53", year)
            yield local(f"{community.name[:-2]}记忆：居民口述", author, "K296.53", year + 1)


def _lines(name: str) -> list[str]:
    text = _HERE.with_name(name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
