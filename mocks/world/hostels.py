"""The 17 youth hostels (青年驿站) of Longgang: 584 fixed beds, counted anew for each night."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from mocks.world.addresses import short_name
from mocks.world.geography import COMMUNITIES, Community
from mocks.world.services import Cost, Draft, Entry, Hours, Places, Provider, Term, english, uuid_of

if TYPE_CHECKING:
    from mocks.world.world import World

HOSTEL = Term("hostel.youth", "青年驿站")
GRADUATED = Term("who.graduated-since", "毕业年份不早于")
RESIDENCE = Term("who.residence", "居住条件")
FREE_NIGHTS = Term("hostel.free-nights", "最多免费天数")

_BEDS = (60, 48, 40, 40, 36, 36, 36, 32, 32, 32, 30, 30, 30, 28, 26, 24, 24)
_WHERE = (
    "龙岭", "坂田", "五和", "吉祥", "南联", "丹竹头", "平湖", "横岗", "大芬",
    "宝龙", "坪地", "荷坳", "岗头", "甘坑", "爱联", "四季花城", "上李朗",
)  # fmt: skip
_NIGHTS = 30


def hostels(world: "World") -> tuple[Entry, ...]:
    by_name = {short_name(community): community for community in COMMUNITIES}
    return tuple(_hostel(world, by_name[where], beds) for where, beds in zip(_WHERE, _BEDS, strict=True))


def _hostel(world: "World", community: Community, beds: int) -> Entry:
    key = f"hostel/{community.code}"
    draft = Draft(world.rng(key), key)
    label = f"{short_name(community)}青年驿站"
    return Entry(
        id=uuid_of(key),
        term=HOSTEL,
        zh=label,
        en=f"{english(community)} Youth Hostel",
        description="面向来深求职的应届及往届高校毕业生，提供短期免费住宿、就业辅导与城市融入活动。",
        provider=Provider(
            uuid_of("hostel/org"), "共青团深圳市龙岗区委员会", "Longgang Youth League", "0755-00001234"
        ),
        sites=(draft.site(community, label),),
        phone=draft.phone(),
        hours=(Hours("00:00:00", "00:00:00", "MO,TU,WE,TH,FR,SA,SU", description="全天接待"),),
        costs=(Cost("求职毕业生", 0, "每晚，最多15天"), Cost("其他青年", 60, "每晚")),
        fees="符合条件者最多免费入住15天。",
        minimum_age=18,
        maximum_age=35,
        eligibility="毕业三年内、来龙岗求职的高校毕业生，每人累计免费入住不超过15天。",
        says=((GRADUATED, "2023"), (RESIDENCE, "在深圳无自有住房"), (FREE_NIGHTS, "15")),
        documents=("身份证", "毕业证或学生证", "面试通知或求职简历"),
        process="提前一天在线申请，审核通过后凭身份证入住。",
        contact=draft.person(),
        office=("驿站前台", "站长"),
        languages=(("普通话", "cmn"), ("English", "en")),
        by_day=partial(_nights, beds),
        daily=True,
        **draft.edited(),
    )


def _nights(beds: int, entry: Entry, now: datetime) -> Iterator[Places]:
    """The beds as of tonight, then each of the coming thirty nights, from two in the afternoon to noon."""
    tonight = uuid_of(f"{entry.id}/night/{now.date()}")
    taken = _taken(entry.id, now, beds)
    yield Places(uuid_of(f"{entry.id}/beds"), "床位", beds, taken, "固定床位；空余为今晚", also=tonight)
    for ahead in range(_NIGHTS):
        evening = now.date() + timedelta(days=ahead)
        yield Places(
            uuid_of(f"{entry.id}/night/{evening}"),
            "当晚床位",
            beds,
            _taken(entry.id, now + timedelta(days=ahead), beds),
            f"{evening:%m月%d日}当晚床位",
            f"{evening}T14:00+08:00/{evening + timedelta(days=1)}T12:00+08:00",
        )


def _taken(hostel: str, at: datetime, beds: int) -> int:
    """How many are taken by others: most of them near to now, few of them later on."""
    rng = Random(f"{hostel}/{at.date()}")
    return min(beds, round(beds * rng.triangular(0.5, 1.05, 0.9)))
