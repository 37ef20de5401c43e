"""Volunteering in Longgang: who organises missions, where and when they are, and how many they need."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cached_property
from hashlib import sha256
from random import Random
from typing import TYPE_CHECKING, Literal

from mocks.world.addresses import POSTCODES, full_address, street_of
from mocks.world.clock import CHINA
from mocks.world.geography import COMMUNITIES, Community, position_in

if TYPE_CHECKING:
    from mocks.world.world import World

Remote = Literal["no", "possible", "full"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of mission. `hours` are (opens, closes) of a day; one with `months` goes on for so long."""

    title: str
    domain: str
    activity: str
    description: str
    tasks: tuple[str, ...]
    skills: tuple[str, ...]
    requirements: tuple[str, ...]
    audience: tuple[str, ...]
    minors: bool | None
    hours: tuple[int, int]
    places: tuple[int, int]
    months: int = 0
    remote: Remote = "no"


KINDS: tuple[Kind, ...] = (
    Kind("{社区}垃圾分类督导", "environnement", "垃圾分类", "在投放点引导居民正确分类投放。",
         ("引导投放", "登记数据"), ("沟通",), (), ("社区居民",), True, (18, 20), (2, 6)),
    Kind("{社区}河道清洁", "environnement", "河道清洁", "沿河捡拾垃圾，记录排口异常。",
         ("捡拾垃圾", "拍照记录"), ("户外",), ("穿防滑鞋",), ("社区居民",), True, (9, 11), (8, 30)),
    Kind("{街道}长者助餐配送", "solidarite-insertion", "助老", "为独居长者送餐上门并简单问候。",
         ("送餐", "问候登记"),
         ("沟通", "耐心"), ("会骑电动自行车者优先",), ("长者",), False, (11, 13), (3, 8), 3),
    Kind("{社区}长者手机课堂", "benevolat-competences", "数字助老", "教长者挂号、乘车码与防诈骗设置。",
         ("一对一教学",), ("教学", "耐心"), (), ("长者",), True, (15, 17), (4, 12)),
    Kind("{社区}四点半课堂", "education", "课后辅导", "放学后陪伴小学生完成作业。", ("作业辅导", "看护"),
         ("教学", "普通话"), ("须无犯罪记录证明",), ("儿童",), False, (16, 18), (3, 10), 4),
    Kind("{街道}青年夜校助教", "education", "夜校", "协助夜校签到、器材与课堂秩序。",
         ("签到", "器材管理"), ("组织",), (), ("青年",), None, (19, 21), (2, 5), 2),
    Kind("{社区}义诊秩序引导", "sante", "义诊", "义诊活动的排队引导与量血压登记。",
         ("排队引导", "登记"), ("急救", "沟通"), (), ("社区居民",), True, (9, 12), (6, 15)),
    Kind("{街道}无偿献血宣传", "sante", "献血", "献血车旁的宣传、登记与陪护。",
         ("宣传", "陪护"), ("沟通",), ("年满18周岁",), ("社区居民",), False, (10, 16), (4, 10)),
    Kind("{街道}地铁站文明引导", "vivre-ensemble", "文明引导", "早高峰引导乘客有序乘车。",
         ("秩序引导", "问路解答"), ("沟通", "普通话"), (), ("乘客",), True, (7, 9), (6, 20)),
    Kind("{社区}消防隐患巡查", "prevention-protection", "平安巡查", "查看楼道杂物与电动车违规充电。",
         ("巡查", "上报"), ("细心",), ("参加半小时岗前培训",), ("社区居民",), False, (19, 21), (3, 8)),
    Kind("{社区}图书整理与绘本故事会", "culture-loisirs", "阅读推广", "整理书架，给孩子们讲绘本。",
         ("整理图书", "讲故事"), ("普通话", "绘画"), (), ("儿童",), True, (14, 17), (3, 8)),
    Kind("{街道}社区运动会裁判助理", "sport", "赛事服务", "检录、计时与补给点服务。",
         ("检录", "计时"), ("组织",), (), ("社区居民",), True, (8, 17), (10, 40)),
    Kind("{社区}流浪动物救助站帮手", "animaux", "动物救助", "清洁笼舍、喂食与领养登记。",
         ("清洁", "喂食"), ("细心",), ("对动物毛发不过敏",), ("动物",), False, (9, 12), (2, 6)),
    Kind("{街道}老东纵战士口述史整理", "memoire-et-citoyennete", "口述史", "整理访谈录音，校对文字。",
         ("录音整理", "校对"), ("写作",), (), ("长者",), None, (9, 12), (2, 4), 5, "possible"),
    Kind("就业简历在线辅导", "emploi", "求职辅导", "在线帮助求职青年修改简历。",
         ("简历修改", "模拟面试"), ("写作", "招聘"), ("三年以上工作经验",),
         ("青年",), False, (20, 21), (5, 10), 6, "full"),
    Kind("应急救护培训助教", "humanitaire", "应急救护", "协助心肺复苏与包扎练习。",
         ("模型操作", "签到"), ("急救",), ("持红十字救护员证",), ("社区居民",), False, (9, 16), (2, 6)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who runs missions; `description` and `url` are None where the platform was not told."""

    client_id: str
    name: str
    description: str | None
    url: str | None
    address: str
    subdistrict: str


@dataclass(frozen=True, slots=True)
class Site:
    """One place of a mission; `position` is None where nobody located it."""

    street: str
    postcode: str
    community: Community
    position: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Mission:
    """One mission. `end` is None where it goes on; `places` is what it needs, before anyone signs up here."""

    id: str
    client_id: str
    title: str
    kind: Kind
    organisation: Organisation | None
    sites: tuple[Site, ...]
    start: datetime
    end: datetime | None
    schedule: str
    places: int | None
    accessible: bool | None
    transport: bool | None
    created: datetime
    updated: datetime
    deleted: datetime | None
    refused: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What is fixed about a platform. `kinds` are indices into KINDS; `prefix` begins its own ids."""

    id: str
    name: str
    publisher: str
    prefix: str
    kinds: tuple[int, ...]
    missions: int


PLANS: tuple[Plan, ...] = (
    Plan("volunteers-union", "龙岗区义工联合会", "5f5931496c7ea514150a818f", "LGYG", tuple(range(15)), 180),
    Plan("volunteers-redcross", "龙岗区红十字会", "619fa0f4c3ad8300a5de4ac1", "LGHS", (6, 7, 15), 56),
)


class Platform:
    """One platform's organisations and missions, the same whenever the world's day and seed are."""

    def __init__(self, world: "World", plan: Plan) -> None:
        self._world = world
        self.plan = plan

    @cached_property
    def organisations(self) -> tuple[Organisation, ...]:
        rng = self._world.rng(f"{self.plan.id}/organisations")
        return tuple(self._organisations(rng))

    @cached_property
    def missions(self) -> tuple[Mission, ...]:
        rng = self._world.rng(f"{self.plan.id}/missions")
        return tuple(self._mission(rng, number) for number in range(1, self.plan.missions + 1))

    def _organisations(self, rng: Random) -> Iterator[Organisation]:
        names = [self.plan.name]
        if self.plan.prefix == "LGYG":
            names += [f"{s}志愿服务中心" for s in dict.fromkeys(c.subdistrict for c in COMMUNITIES)]
            names += ["春雨助学社", "鹏城绿芽环保社", "暖阳长者服务中心"]
        else:
            names += ["龙岗区红十字救护队", "龙岗无偿献血志愿队"]
        for number, name in enumerate(names, 1):
            home = rng.choice([c for c in COMMUNITIES if name.startswith(c.subdistrict)] or COMMUNITIES)
            told = rng.random() < 0.75
            yield Organisation(
                client_id=f"{self.plan.prefix}-ORG-{number:03d}",
                name=name,
                description=f"{name}，在{home.subdistrict}开展志愿服务。" if told else None,
                url=f"https://volunteer.longgang.example/org/{self.plan.prefix}/{number}" if told else None,
                address=full_address(home, street_of(home, rng), rng.randint(1, 200)),
                subdistrict=home.subdistrict,
            )

    def _mission(self, rng: Random, number: int) -> Mission:
        plan, now = self.plan, self._world.clock.now().replace(microsecond=0)
        kind = KINDS[plan.kinds[(number - 1) % len(plan.kinds)]]
        community = rng.choice(COMMUNITIES)
        sites = () if kind.remote == "full" else tuple(self._sites(rng, community, kind))
        opens, closes = kind.hours
        if kind.months:
            day = now.date() - timedelta(days=rng.randrange(5, 60))
            over = None if rng.random() < 0.3 else day + timedelta(days=30 * kind.months)
        else:
            day = now.date() + timedelta(days=rng.randrange(-2, 30))
            over = day
        created = datetime.combine(day - timedelta(days=rng.randrange(7, 40)), time(9, number % 60), CHINA)
        lot = rng.random()
        local = [o for o in self.organisations if o.subdistrict == community.subdistrict]
        return Mission(
            id=sha256(f"{self._world.seed}/{plan.id}/{number}".encode()).hexdigest()[:24],
            client_id=f"{plan.prefix}-{now.year}-{number:05d}",
            title=kind.title.format_map({"社区": community.name, "街道": community.subdistrict}),
            kind=kind,
            organisation=None if lot > 0.96 else rng.choice(local or self.organisations),
            sites=sites,
            start=datetime.combine(day, time(opens), CHINA),
            end=None if over is None else datetime.combine(over, time(closes), CHINA),
            schedule=f"每周{rng.choice('一二三四五六日')} {opens:02d}:00-{closes:02d}:00" if kind.months
            else f"{opens:02d}:00-{closes:02d}:00",
            places=None if lot < 0.03 else 0 if lot < 0.1 else rng.randint(*kind.places),
            accessible=rng.choice((True, False, None)),
            transport=rng.choice((True, None)),
            created=created,
            updated=min(now, created + timedelta(hours=rng.randrange(1, 200))),
            deleted=now - timedelta(days=1) if number % 53 == 0 else None,
            refused=number % 71 == 0,
        )  # fmt: skip

    def _sites(self, rng: Random, community: Community, kind: Kind) -> Iterator[Site]:
        """A station has two ends; nobody located one mission in thirty."""
        spread = 2 if "地铁站" in kind.title else 1
        for _ in range(spread):
            street = full_address(community, street_of(community, rng), rng.randint(1, 300))
            position = position_in(community, rng)
            located = rng.random() > 0.03
            yield Site(street, POSTCODES[community.subdistrict], community, position if located else None)
            community = rng.choice([c for c in COMMUNITIES if c.subdistrict == community.subdistrict])
