"""Childcare (我要托育) and care of the elderly (养老服务) in Longgang, as their directories have them."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from mocks.world.addresses import short_name
from mocks.world.clock import CHINA
from mocks.world.geography import COMMUNITIES, Community
from mocks.world.services import Cost, Draft, Entry, Hours, Places, Provider, Term, english, uuid_of

if TYPE_CHECKING:
    from mocks.world.world import World

CLOSED = Term("day.closed", "闭园")
WORKING = Term("day.working", "工作日")
FREE = Term("day.free", "节假日")
RESIDENCE = Term("who.residence", "居住条件")

NURSERY = Term("childcare.nursery", "托育园")
KINDERGARTEN = Term("childcare.kindergarten", "幼儿园托班")
COMMUNITY_CARE = Term("childcare.community", "社区普惠托育点")
CANTEEN = Term("eldercare.canteen", "长者食堂")
DAY_CARE = Term("eldercare.day-care", "日间照料")
RESIDENTIAL = Term("eldercare.residential", "养老机构")
HOME_VISIT = Term("eldercare.home-visit", "居家上门服务")

_BRANDS = ("小太阳", "阳光宝贝", "童心", "育苗", "七色花", "小葵花", "安安", "蒲公英")
_SANITISED = Hours(freq="MONTHLY", bymonthday="24", description="每月24日全园消杀，闭园一天", says=CLOSED)


def childcare(world: "World") -> tuple[Entry, ...]:
    entries = [_childcare(world, number, community) for number, community in enumerate(COMMUNITIES)]
    return tuple(entry for entry in entries if entry is not None)


def _childcare(world: "World", number: int, community: Community) -> Entry | None:
    key = f"childcare/{community.code}"
    draft = Draft(world.rng(key), key)
    rng = draft.rng
    # 龙岭 has one, whatever chance says: it is the pilot.
    if short_name(community) != "龙岭" and rng.random() > 0.62:
        return None
    term = rng.choices((NURSERY, KINDERGARTEN, COMMUNITY_CARE), (5, 3, 4))[0]
    label = (
        short_name(community)
        + {
            NURSERY.code: f"{rng.choice(_BRANDS)}托育园",
            KINDERGARTEN.code: "第一幼儿园托班",
            COMMUNITY_CARE.code: "社区普惠托育点",
        }[term.code]
    )
    full = rng.randint(20, 90)
    half = 0 if term is KINDERGARTEN else rng.choice((0, 6, 10))
    monthly = {NURSERY.code: 3280, KINDERGARTEN.code: 2380, COMMUNITY_CARE.code: 1580}[term.code]
    places = [
        Places(uuid_of(f"{key}/full"), "全日托", full, rng.randint(full // 2, full), "周一至周五全日托位")
    ]
    costs = [Cost("全日托", monthly + rng.randrange(0, 600, 50), "每月，餐费另计")]
    if half:
        places.append(Places(uuid_of(f"{key}/half"), "半日托", half, rng.randint(0, half), "上午半日托位"))
        costs.append(Cost("半日托", monthly * 0.6, "每月"))
    hours = [Hours("07:30:00", "18:30:00", "MO,TU,WE,TH,FR", description="工作日")]
    if number % 3 == 0:
        hours.append(
            Hours("09:00:00", "12:00:00", "SA", interval=2, dtstart="2026-01-10", description="隔周亲子活动")
        )
    if number % 5 == 0:
        hours.append(_SANITISED)
    return Entry(
        id=uuid_of(key),
        term=term,
        zh=label,
        en=f"{english(community)} {_ENGLISH[term.code]}",
        description="为三岁以下婴幼儿提供全日、半日与临时照护，设户外活动区与隔离观察室。",
        provider=Provider(
            uuid_of(f"{key}/org"), f"深圳市龙岗区{label}", f"{english(community)} Childcare", draft.phone()
        ),
        sites=(draft.site(community, label, known=number % 17 != 3),),
        phone=draft.phone(),
        hours=tuple(hours),
        costs=tuple(costs),
        fees="保育费按月收取，请假满十个工作日退半费。",
        minimum_age=rng.choice((0.5, 1, 1.5)),
        maximum_age=3,
        eligibility="三岁以下婴幼儿；普惠托位优先本社区居民。",
        says=((RESIDENCE, "龙岗区居住或就业"),) if term is COMMUNITY_CARE else (),
        documents=("预防接种证", "入托体检表"),
        process="电话预约参观后签订托育协议。",
        contact=draft.person(),
        office=("园务办公室", "招生老师"),
        places=tuple(places),
        by_day=_open_mornings if term is NURSERY else None,
        status="temporarily closed" if number % 29 == 7 else "active",
        alert="装修升级，预计下月恢复。" if number % 29 == 7 else None,
        **draft.edited(),
    )


def _open_mornings(entry: Entry, now: datetime) -> Iterator[Places]:
    """On each of the next two Saturdays, from ten to half past eleven, eight families may look around."""
    saturday = now.date() + timedelta(days=(5 - now.weekday()) % 7 or 7)
    for day in (saturday, saturday + timedelta(days=7)):
        yield Places(
            uuid_of(f"{entry.id}/visit/{day}"),
            "入园参观",
            8,
            int(entry.id[0], 16) % 5,
            f"{day:%m月%d日}开放日参观名额（每户一名儿童）",
            f"{day}T10:00+08:00/{day}T11:30+08:00",
        )


def eldercare(world: "World") -> tuple[Entry, ...]:
    return tuple(entry for community in COMMUNITIES for entry in _eldercare(world, community))


def _eldercare(world: "World", community: Community) -> Iterator[Entry]:
    chance = world.rng(f"eldercare/{community.code}")
    kinds = [CANTEEN]
    kinds += [DAY_CARE] if chance.random() < 0.4 else []
    kinds += [RESIDENTIAL] if chance.random() < 0.12 else []
    kinds += [HOME_VISIT] if chance.random() < 0.15 else []
    for term in kinds:
        key = f"eldercare/{community.code}/{term.code}"
        draft = Draft(world.rng(key), key)
        yield _elder(draft, key, community, term)


def _elder(draft: Draft, key: str, community: Community, term: Term) -> Entry:
    rng = draft.rng
    where = short_name(community)
    label, description, hours, costs, unit, most, age = {
        CANTEEN.code: (
            f"{where}长者食堂",
            "为长者提供营养午餐与晚餐，可送餐上门。",
            (
                Hours("10:30:00", "12:30:00", None, None, description="工作日午餐", says=WORKING),
                Hours("16:30:00", "18:00:00", None, None, description="工作日晚餐", says=WORKING),
                Hours("11:00:00", "12:30:00", None, None, description="节假日午餐", says=FREE),
            ),
            (Cost("60岁以上", 12, "每餐"), Cost("80岁以上户籍长者", 8, "每餐")),
            "座位",
            60,
            60,
        ),
        DAY_CARE.code: (
            f"{where}日间照料中心",
            "日间托养、康复训练、文化娱乐与助浴。",
            (Hours("08:30:00", "17:30:00", "MO,TU,WE,TH,FR,SA"),),
            (Cost("日托", 60, "每天，含午餐"),),
            "日托名额",
            30,
            60,
        ),
        RESIDENTIAL.code: (
            f"{where}颐康养老院",
            "全托养老，设认知症照护专区，内设医务室。",
            (Hours("00:00:00", "00:00:00", "MO,TU,WE,TH,FR,SA,SU", description="全天"),),
            (
                Cost("自理", 3600, "每月，含床位与餐费"),
                Cost("半护理", 5200, "每月"),
                Cost("全护理", 6800, "每月"),
            ),
            "床位",
            180,
            60,
        ),
        HOME_VISIT.code: (
            f"{where}居家养老服务站",
            "上门助洁、助浴、助医与适老化改造评估。",
            (Hours("09:00:00", "18:00:00", "MO,TU,WE,TH,FR"),),
            (Cost("上门服务", 45, "每小时"),),
            "上门评估",
            5,
            65,
        ),
    }[term.code]
    maximum = most + rng.randint(0, most // 2)
    return Entry(
        id=uuid_of(key),
        term=term,
        zh=label,
        en=f"{english(community)} {_ENGLISH[term.code]}",
        description=description,
        provider=Provider(
            uuid_of(f"eldercare/org/{community.subdistrict_code}"),
            f"{community.subdistrict}颐康服务中心",
            "Yikang Care Centre",
            draft.phone(),
        ),
        sites=(draft.site(community, label),),
        phone=draft.phone(),
        hours=hours,
        costs=costs,
        fees="符合条件的长者由财政补贴，差额自付。",
        minimum_age=age,
        eligibility="常住龙岗的长者；户籍长者享受补贴。",
        areas=(f"{community.subdistrict}常住长者",),
        documents=("身份证或居住证",),
        contact=draft.person(),
        office=("服务台", "值班主管"),
        languages=(("普通话", "cmn"), ("粤语", "yue"), ("客家话", "hak")),
        places=(
            Places(
                uuid_of(f"{key}/places"), unit, maximum, rng.randint(maximum // 2, maximum), f"{unit}余量"
            ),
        ),
        by_day=_assessments if term in (RESIDENTIAL, HOME_VISIT) else None,
        until=datetime(2026, 11, 25, 12, tzinfo=CHINA) if (where, term) == ("大芬", CANTEEN) else None,
        **draft.edited(),
    )


def _assessments(entry: Entry, now: datetime) -> Iterator[Places]:
    """One afternoon's visit on each of the next five days."""
    for ahead in range(1, 6):
        day: date = now.date() + timedelta(days=ahead)
        yield Places(
            uuid_of(f"{entry.id}/visit/{day}"),
            "预约参观评估",
            4,
            (int(entry.id[:2], 16) + ahead) % 5,
            f"{day:%m月%d日}下午参观评估",
            f"{day}T14:30+08:00/PT2H",
        )


_ENGLISH = {
    NURSERY.code: "Nursery",
    KINDERGARTEN.code: "Kindergarten Toddlers' Class",
    COMMUNITY_CARE.code: "Community Childcare",
    CANTEEN.code: "Canteen for the Elderly",
    DAY_CARE.code: "Day Care Centre",
    RESIDENTIAL.code: "Home for the Elderly",
    HOME_VISIT.code: "Home Care Station",
}
