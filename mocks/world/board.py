"""What neighbours in Longgang offer and want: posts on a board, with pictures, prices and an end."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING, Literal

from mocks.world.addresses import full_address, street_of
from mocks.world.geography import COMMUNITIES, Community, position_in
from mocks.world.people import Name, mobile, name

if TYPE_CHECKING:
    from mocks.world.world import World

Deal = Literal["give", "lend", "sell"]
Availability = Literal["InStock", "Reserved", "SoldOut", "Discontinued"]

POSTS = 160
_PHOTOS = "https://media.board.longgang.example"
_GOODS: tuple[tuple[str, str, int], ...] = (
    ("婴儿推车", "母婴童用品", 120), ("儿童安全座椅", "母婴童用品", 200), ("绘本一套", "图书文具", 30),
    ("考研资料", "图书文具", 20), ("实木书桌", "家具", 150), ("布艺沙发", "家具", 300),
    ("折叠餐桌", "家具", 80), ("微波炉", "家用电器", 90), ("电饭煲", "家用电器", 50),
    ("加湿器", "家用电器", 40), ("显示器", "数码影音", 260), ("蓝牙音箱", "数码影音", 60),
    ("山地自行车", "运动器材", 280), ("哑铃一对", "运动器材", 45), ("露营帐篷", "户外露营", 160),
    ("电钻", "工具", 70), ("人字梯", "工具", 60), ("吉他", "乐器", 180), ("轮椅", "康复护理", 0),
    ("拼装积木", "玩具桌游", 35), ("绿萝盆栽", "花草绿植", 0), ("校服", "衣物鞋包", 0),
    ("羽绒服", "衣物鞋包", 60), ("搬家纸箱", "", 0),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Post:
    """One post. `position` is the neighbour's own door: a board knows it, and nobody else needs it."""

    id: str
    wanted: bool
    goods: str
    category: str
    deal: Deal
    price: int
    text: str
    neighbour: Name
    phone: str
    community: Community
    address: str
    position: tuple[float, float]
    photos: tuple[str, ...]
    posted: datetime
    expires: datetime | None
    availability: Availability


class Board:
    """Every post, the same for the same seed and day."""

    def __init__(self, world: "World") -> None:
        self._world = world

    @cached_property
    def posts(self) -> tuple[Post, ...]:
        rng = self._world.rng("board")
        return tuple(self._post(rng, number) for number in range(1, POSTS + 1))

    def _post(self, rng: Random, number: int) -> Post:
        goods, category, worth = rng.choice(_GOODS)
        wanted = rng.random() < 0.3
        deal: Deal = rng.choices(("give", "lend", "sell"), (5, 2, 3))[0]
        if worth == 0 and deal == "sell":
            deal = "give"
        community = COMMUNITIES[(number - 1) % len(COMMUNITIES)] if number % 3 else rng.choice(COMMUNITIES)
        now = self._world.clock.now().replace(second=0, microsecond=0)
        posted = now - timedelta(minutes=rng.randrange(5, 45 * 24 * 60))
        lot = rng.random()
        phone = mobile(rng)
        return Post(
            id=f"p{number:05d}",
            wanted=wanted,
            goods=goods,
            category=category,
            deal=deal,
            price=worth * rng.choice((6, 8, 10)) // 10 if deal == "sell" else 0,
            text=_text(rng, goods, wanted, deal, phone),
            neighbour=name(rng),
            phone=phone,
            community=community,
            address=full_address(community, street_of(community, rng), rng.randint(1, 200)),
            position=position_in(community, rng),
            photos=() if wanted else tuple(f"{_PHOTOS}/{number}-{n}.jpg" for n in range(rng.randrange(4))),
            posted=posted,
            expires=None if lot < 0.1 else posted + timedelta(days=rng.choice((14, 30, 60))),
            availability=rng.choices(("InStock", "Reserved", "SoldOut", "Discontinued"), (78, 10, 8, 4))[0],
        )


def _text(rng: Random, goods: str, wanted: bool, deal: Deal, phone: str) -> str:
    """Neighbours write their numbers into the text, whatever the board asks of them."""
    verbs = {"give": ("免费赠送", "求赠"), "lend": ("可借用", "想借用几天"), "sell": ("低价转让", "求购二手")}
    said = f"{verbs[deal][wanted]}{goods}，{rng.choice(('八成新', '功能正常', '自提', '急用'))}。"
    lot = rng.random()
    if lot < 0.2:
        said += f"电话{phone}。"
    elif lot < 0.3:
        said += f"加微信：lg_{phone[-6:]} 详聊"
    return said
