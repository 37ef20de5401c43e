"""Schools with what they share (学校与教学资源), and what there is for enterprises (龙i企)."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mocks.world.addresses import short_name
from mocks.world.geography import COMMUNITIES, Community
from mocks.world.services import Cost, Draft, Entry, Hours, Provider, Term, english, uuid_of

if TYPE_CHECKING:
    from mocks.world.world import World

MODEL_SCHOOL = Term("school.model", "示范学校")
EXPERT_TEAM = Term("school.team", "专家团队")
RESOURCE = Term("school.resource", "教学资源")
POLICY = Term("enterprise.policy", "惠企政策")
PARK = Term("enterprise.park", "产业园区")
CONTACT = Term("enterprise.contact", "服务专员")

_OFFICE_HOURS = (
    Hours("09:00:00", "12:00:00", "MO,TU,WE,TH,FR"),
    Hours("14:00:00", "18:00:00", "MO,TU,WE,TH,FR"),
)
_SUBJECTS = ("语文", "数学", "英语", "物理", "化学", "生物", "历史", "地理", "科学", "信息科技")
_RESOURCES = (
    ("人工智能通识课程", "小学至高中分级课程包，含教案、课件与编程实验。"),
    ("客家文化研学课程", "以鹤湖新居、甘坑古镇为课堂的研学方案。"),
    ("红色教育资源包", "东江纵队主题的影像、口述史与教学设计。"),
    ("科学实验示范课", "初中理化生演示实验视频两百节。"),
    ("心理健康微课", "面向家长与学生的心理微课六十节。"),
    ("版画美育课程", "观澜与大芬艺术家共建的美育课程。"),
    ("双语绘本阅读", "分级绘本三百册的朗读音频。"),
    ("体育大课间方案", "十二套大课间操与体能方案。"),
)
_POLICIES = (
    ("工业企业稳增长扶持", "对当年产值增长达到要求的规上工业企业给予奖励。"),
    ("专精特新企业奖励", "对首次认定的专精特新“小巨人”企业给予一次性奖励。"),
    ("研发投入补贴", "按研发费用增量给予比例补贴。"),
    ("低成本创新空间租金补贴", "入驻认定园区的科技企业享受三年租金补贴。"),
    ("人才安居支持", "为企业骨干人才提供人才住房配租名额。"),
    ("中小微企业贷款贴息", "对符合条件的流动资金贷款给予贴息。"),
    ("首台套装备保险补贴", "对首台套重大技术装备的保费给予补贴。"),
    ("跨境电商物流补贴", "对使用海外仓的跨境电商企业给予物流补贴。"),
    ("绿色低碳改造资助", "对通过清洁生产审核的企业给予资助。"),
    ("数字化转型诊断服务", "为制造业企业提供免费数字化诊断。"),
)
_PARKS = (
    "天安云谷",
    "宝龙科技城",
    "大运软件小镇",
    "星河WORLD",
    "李朗国际珠宝产业园",
    "坂田高新园",
    "平湖金融产业园",
    "坪地国际低碳城",
)
_PARK_IN = ("坂田", "宝龙", "荷坳", "岗头", "下李朗", "五和", "平湖", "坪地")


def schools(world: "World") -> tuple[Entry, ...]:
    return tuple(_schools(world))


def _schools(world: "World") -> Iterator[Entry]:
    for number, community in enumerate(COMMUNITIES[::8]):
        draft = _draft(world, f"school/{community.code}")
        label = f"深圳市龙岗区{short_name(community)}{'实验学校' if number % 2 else '外国语小学'}"
        yield _entry(
            draft,
            MODEL_SCHOOL,
            label,
            f"{english(community)} School",
            "深圳市示范学校，开放课堂与社团活动面向全区师生。",
            _education(draft),
            community,
            hours=_OFFICE_HOURS,
            minimum_age=6,
            maximum_age=15,
        )
    for subject in _SUBJECTS:
        draft = _draft(world, f"school/team/{subject}")
        yield _entry(
            draft,
            EXPERT_TEAM,
            f"{subject}名师工作室",
            None,
            f"由正高级教师领衔的{subject}教研团队，送课下校、结对帮扶。",
            _education(draft),
            None,
        )
    for title, description in _RESOURCES:
        draft = _draft(world, f"school/resource/{title}")
        yield _entry(
            draft,
            RESOURCE,
            title,
            None,
            description,
            _education(draft),
            None,
            costs=(Cost("全区公办学校", 0, "免费使用"),),
        )


def enterprise(world: "World") -> tuple[Entry, ...]:
    return tuple(_enterprise(world))


def _enterprise(world: "World") -> Iterator[Entry]:
    by_name = {short_name(community): community for community in COMMUNITIES}
    bureau = Provider(uuid_of("enterprise/org"), "龙岗区工业和信息化局", "Industry Bureau", "0755-00005678")
    for title, description in _POLICIES:
        draft = _draft(world, f"enterprise/policy/{title}")
        yield _entry(
            draft,
            POLICY,
            title,
            None,
            description,
            bureau,
            None,
            process="登录龙i企平台在线申报，材料齐全后二十个工作日内办结。",
            documents=("营业执照", "申报表", "纳税证明"),
            eligibility="注册地与纳税地在龙岗区的企业。",
            fees="免费申报",
        )
    for title, where in zip(_PARKS, _PARK_IN, strict=True):
        draft = _draft(world, f"enterprise/park/{title}")
        yield _entry(
            draft,
            PARK,
            title,
            None,
            "提供研发办公、生产厂房与人才公寓，设政务服务驿站。",
            bureau,
            by_name[where],
            hours=_OFFICE_HOURS,
            costs=(Cost("研发办公", draft.rng.randint(45, 85), "每平方米每月"),),
        )
    first = {community.subdistrict: community for community in COMMUNITIES}
    for subdistrict, community in first.items():
        draft = _draft(world, f"enterprise/contact/{subdistrict}")
        yield _entry(
            draft,
            CONTACT,
            f"{subdistrict}企业服务专员",
            None,
            "受理企业诉求，三个工作日内回复。",
            bureau,
            community,
            hours=_OFFICE_HOURS,
            office=("企业服务中心", "服务专员"),
            contact=draft.person(),
        )


def _draft(world: "World", key: str) -> Draft:
    return Draft(world.rng(key), key)


def _education(draft: Draft) -> Provider:
    return Provider(uuid_of("school/org"), "龙岗区教育局", "Longgang Education Bureau", "0755-00004321")


def _entry(
    draft: Draft,
    term: Term,
    zh: str,
    en: str | None,
    description: str,
    provider: Provider,
    community: Community | None,
    **more: Any,
) -> Entry:
    sites = () if community is None else (draft.site(community, zh),)
    return Entry(
        id=uuid_of(draft.key),
        term=term,
        zh=zh,
        en=en,
        description=description,
        provider=provider,
        sites=sites,
        phone=draft.phone(),
        **more,
        **draft.edited(),
    )
