"""The five district hospitals: campuses, departments, doctors and wards."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING

from mocks.world.geography import COMMUNITIES, Community, position_in
from mocks.world.people import Name, name
from mocks.world.specialties import SPECIALTIES, Specialty
from mocks.world.wards import Ward, wards

if TYPE_CHECKING:
    from mocks.world.world import World

TITLES = ("主任医师", "副主任医师", "主治医师", "住院医师")
_TITLE_WEIGHTS = (2, 4, 6, 2)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is fixed about a hospital before any of it is made up."""

    id: str
    name: str
    english: str
    level: str
    communities: tuple[tuple[str, str, str], ...]  # (sub-district, community, street) of each campus
    specialties: tuple[str, ...]
    second_clinic: str
    doctors: int
    unaccompanied: int
    other_wards: int
    phone: str


PLANS: tuple[Plan, ...] = (
    Plan(
        "hospital-central", "龙岗中心医院", "Longgang Central Hospital", "三级甲等",
        (("龙岗街道", "龙岗社区", "龙岗大道6082号"),),
        ("全科医学科", "呼吸内科", "消化内科", "神经内科", "心血管内科", "肾病学科", "内分泌科", "普通外科",
         "神经外科", "骨科", "泌尿外科", "妇科", "儿科", "眼科", "耳鼻咽喉科", "肿瘤科"),
        second_clinic="全科医学科", doctors=86, unaccompanied=8, other_wards=6, phone="0755-28800001",
    ),
    Plan(
        "hospital-people", "龙岗区人民医院", "People's Hospital of Longgang District", "三级甲等",
        (("龙城街道", "尚景社区", "爱心路53号"), ("宝龙街道", "宝龙社区", "宝龙大道113号")),
        ("全科医学科", "呼吸内科", "消化内科", "神经内科", "心血管内科", "内分泌科", "老年医学科", "普通外科",
         "骨科", "妇科", "产科", "儿科", "口腔科", "皮肤科", "中医科"),
        second_clinic="全科医学科", doctors=78, unaccompanied=7, other_wards=5, phone="0755-28800002",
    ),
    Plan(
        "hospital-second", "龙岗区第二人民医院", "Second People's Hospital of Longgang District", "二级甲等",
        (("布吉街道", "布吉圩社区", "吉祥路175号"),),
        ("全科医学科", "呼吸内科", "消化内科", "心血管内科", "肾病学科", "普通外科", "骨科", "泌尿外科",
         "妇科", "儿科", "耳鼻咽喉科", "康复医学科", "中医科"),
        second_clinic="全科医学科", doctors=64, unaccompanied=6, other_wards=4, phone="0755-28800003",
    ),
    Plan(
        "hospital-third", "龙岗区第三人民医院", "Third People's Hospital of Longgang District", "三级综合",
        (("横岗街道", "松柏社区", "松柏路278号"),),
        ("全科医学科", "呼吸内科", "神经内科", "心血管内科", "内分泌科", "普通外科", "骨科", "产科", "儿科",
         "眼科", "口腔科", "精神科"),
        second_clinic="全科医学科", doctors=56, unaccompanied=5, other_wards=4, phone="0755-28800004",
    ),
    Plan(
        "hospital-maternity", "龙岗区妇幼保健院", "Maternal and Child Health Hospital of Longgang District",
        "三级甲等", (("龙城街道", "愉园社区", "爱龙路6号"), ("平湖街道", "平湖社区", "双拥街73号")),
        ("妇科", "产科", "妇女保健科", "儿科", "新生儿科", "小儿外科", "儿童保健科", "口腔科"),
        second_clinic="妇女保健科", doctors=42, unaccompanied=6, other_wards=3, phone="0755-28800005",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Campus:
    id: str
    name: str
    english: str
    community: Community
    street: str
    lat: float
    lng: float


@dataclass(frozen=True, slots=True)
class Building:
    id: str
    name: str
    campus: Campus
    lat: float | None
    lng: float | None


@dataclass(frozen=True, slots=True)
class Department:
    """An outpatient department. `building` is None where the hospital never recorded a place."""

    id: str
    specialty: Specialty
    building: Building | None
    floor: int
    phone: str
    appointment_required: bool


@dataclass(frozen=True, slots=True)
class Role:
    """A doctor's work in one department: when there is a clinic, each week, as (weekday, afternoon)."""

    id: str
    department: Department
    halves: frozenset[tuple[int, bool]]
    minutes: int
    fee: int


@dataclass(frozen=True, slots=True)
class Doctor:
    """`formal` says the register keeps the name in parts only; `gone` says the doctor has left."""

    id: str
    name: Name
    title: str
    licence: str
    formal: bool
    gone: bool
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Hospital:
    plan: Plan
    campuses: tuple[Campus, ...]
    buildings: tuple[Building, ...]
    departments: tuple[Department, ...]
    doctors: tuple[Doctor, ...]
    wards: tuple[Ward, ...]

    @property
    def id(self) -> str:
        return self.plan.id


class Hospitals(Mapping[str, Hospital]):
    """The hospitals by id; each is made up when first asked for."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._plans = {plan.id: plan for plan in PLANS}
        self._made: dict[str, Hospital] = {}

    def __getitem__(self, hospital: str) -> Hospital:
        if hospital not in self._made:
            self._made[hospital] = _Builder(self._plans[hospital], self._world).hospital()
        return self._made[hospital]

    def __iter__(self) -> Iterator[str]:
        return iter(self._plans)

    def __len__(self) -> int:
        return len(self._plans)


class _Builder:
    """Makes up one hospital from its plan; each part draws from a generator of its own."""

    def __init__(self, plan: Plan, world: "World") -> None:
        self._plan = plan
        self._world = world

    def _rng(self, part: str) -> Random:
        return self._world.rng(f"{self._plan.id}/{part}")

    def hospital(self) -> Hospital:
        return Hospital(
            self._plan,
            self._campuses,
            self._buildings,
            self._departments,
            tuple(self._doctors()),
            wards(
                self._rng("wards"),
                self._world.clock.now(),
                [d.specialty for d in self._departments if d.specialty.wards],
                [campus.id for campus in self._campuses],
                self._plan.unaccompanied,
                self._plan.other_wards,
            ),
        )

    @cached_property
    def _campuses(self) -> tuple[Campus, ...]:
        rng = self._rng("campuses")
        found: list[Campus] = []
        for number, (subdistrict, community_name, street) in enumerate(self._plan.communities, 1):
            community = next(
                c for c in COMMUNITIES if (c.subdistrict, c.name) == (subdistrict, community_name)
            )
            label, english = (
                ("本部", "Main Campus") if number == 1 else (f"{community.name[:-2]}院区", "Branch Campus")
            )
            lat, lng = position_in(community, rng)
            found.append(
                Campus(
                    f"campus-{number}",
                    f"{self._plan.name}{label}",
                    f"{self._plan.english}, {english}",
                    community,
                    street,
                    lat,
                    lng,
                )
            )
        return tuple(found)

    @cached_property
    def _buildings(self) -> tuple[Building, ...]:
        rng = self._rng("buildings")
        names = ("门诊楼", "专科门诊楼", "住院楼")
        return tuple(
            Building(
                f"building-{campus.id[-1]}{letter}",
                name_,
                campus,
                # surveyors measured the front doors of most buildings, not of all
                round(campus.lat + rng.uniform(-4e-4, 4e-4), 6) if letter == "a" else None,
                round(campus.lng + rng.uniform(-4e-4, 4e-4), 6) if letter == "a" else None,
            )
            for campus in self._campuses
            for letter, name_ in zip("abc", names, strict=True)
        )

    @cached_property
    def _departments(self) -> tuple[Department, ...]:
        rng = self._rng("departments")
        outpatient = [b for b in self._buildings if not b.id.endswith("c")]
        found: list[Department] = []
        for number, specialty_name in enumerate(self._plan.specialties):
            specialty = SPECIALTIES[specialty_name]
            building = None if number % 7 == 5 else rng.choice(outpatient)
            found.append(
                Department(
                    f"dept-{specialty.slug}",
                    specialty,
                    building,
                    rng.randrange(1, 7),
                    f"{self._plan.phone} 转 {8001 + number}",
                    specialty.category != "17",
                )
            )
        return tuple(found)

    def _doctors(self) -> Iterator[Doctor]:
        rng = self._rng("doctors")
        second = next(d for d in self._departments if d.specialty.name == self._plan.second_clinic)
        for number in range(1, self._plan.doctors + 1):
            main = self._departments[(number - 1) % len(self._departments)]
            title = rng.choices(TITLES, _TITLE_WEIGHTS)[0]
            departments = [main, second] if number % 12 == 0 and main is not second else [main]
            key = f"{number:03d}"
            yield Doctor(
                f"doctor-{key}",
                name(rng),
                title,
                f"110440300{rng.randrange(10**6):06d}",
                rng.random() < 0.3,
                number in (17, 31),
                tuple(self._role(rng, key, department, title) for department in departments),
            )

    def _role(self, rng: Random, doctor: str, department: Department, title: str) -> Role:
        rank = TITLES.index(title)
        days = range(7 if department.specialty.weekend else 5)
        halves = [(day, afternoon) for day in days for afternoon in (False, True)]
        return Role(
            f"{doctor}-{department.specialty.slug}",
            department,
            frozenset(rng.sample(halves, min(len(halves), 3 + rank))),
            30 if rank == 0 else department.specialty.minutes,
            (50, 35, 25, 15)[rank],
        )
