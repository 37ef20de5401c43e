"""OpenActive's published vocabularies in Chinese, and which activity a kind of facility is made for.

Labels and identifiers are those of the activity list and the facility types (CC BY 4.0), as far as they are
likely here; what is not listed keeps its own label.
"""

from __future__ import annotations

from collections.abc import Iterable

from connectors.openactive.wire import Concept
from schema.sports.records import SportsActivity, SportsAmenity

_ACTIVITY = "https://openactive.io/activity-list#"
_CODES = {
    "badminton": "c0360db0-a817-4bae-9167-40f89b49fc9e",
    "basketball": "e09776e6-f1b4-421b-b667-5c5913cf97aa",
    "tennis": "f2ea7405-6098-4378-b0fe-4e398a659fc4",
    "football": "0a5f732d-e806-4e51-ad40-0a7de0239c8c",
    "table tennis": "1a05993d-b206-4efe-85da-646fa340bdf4",
    "volleyball": "4a2ba988-045a-45d0-91a8-dbbfb33886b7",
    "pickleball": "d354b58e-0c97-47c8-92cb-937b91d56eef",
    "dance": "6ca15167-51da-4d91-a1ae-8a45dc47b0ea",
}
_MADE_FOR = {
    "badminton court": "Badminton",
    "basketball court": "Basketball",
    "tennis court": "Tennis",
    "football pitch": "Football",
    "table tennis table": "Table Tennis",
    "volleyball court": "Volleyball",
    "pickleball court": "Pickleball",
    "dance studio": "Dance",
}
_CHINESE = {
    "aerobics": "健美操",
    "athletics": "田径",
    "baby yoga": "亲子瑜伽",
    "badminton": "羽毛球",
    "ballet": "芭蕾",
    "basketball": "篮球",
    "boxing": "拳击",
    "climbing": "攀岩",
    "cycling": "骑行",
    "dance": "舞蹈",
    "fencing": "击剑",
    "fitness": "健身",
    "football": "足球",
    "golf": "高尔夫",
    "gymnastics": "体操",
    "hiking": "徒步",
    "ice skating": "滑冰",
    "judo": "柔道",
    "karate": "空手道",
    "kung fu": "武术",
    "martial arts": "武术",
    "pickleball": "匹克球",
    "pilates": "普拉提",
    "qigong": "气功",
    "roller skating": "轮滑",
    "running": "跑步",
    "skateboarding": "滑板",
    "squash": "壁球",
    "swimming": "游泳",
    "table tennis": "乒乓球",
    "taekwondo": "跆拳道",
    "tai chi": "太极拳",
    "tennis": "网球",
    "trampolining": "蹦床",
    "volleyball": "排球",
    "walking": "健步走",
    "weight training": "力量训练",
    "yoga": "瑜伽",
    "zumba®": "尊巴",
    # Kinds of facility that are made for no single activity
    "gymnasium": "健身房",
    "multi purpose room": "多功能厅",
    "multi use games area": "多功能运动场",
    "sports hall": "体育馆",
}
_AMENITIES = {
    "ChangingFacilities": SportsAmenity.CHANGING_FACILITIES,
    "Showers": SportsAmenity.SHOWERS,
    "Lockers": SportsAmenity.LOCKERS,
    "Towels": SportsAmenity.TOWELS,
    "Toilets": SportsAmenity.TOILETS,
    "Parking": SportsAmenity.PARKING,
    "Creche": SportsAmenity.CRECHE,
    "BabyChanging": SportsAmenity.BABY_CHANGING,
}


def activities(
    concepts: Iterable[Concept | str], facility_types: Iterable[Concept | str] = ()
) -> tuple[SportsActivity, ...]:
    """Give the activities of an item, each once, and those that its kinds of facility are made for."""
    found = [_activity(concept) for concept in concepts]
    found += [_made_for(kind) for kind in facility_types]
    return tuple({one.code: one for one in found if one is not None}.values())


def amenity(type_: str | None) -> SportsAmenity | None:
    """Give the amenity of a LocationFeatureSpecification's type; None for one that is not listed."""
    return _AMENITIES.get(type_ or "")


def _activity(concept: Concept | str) -> SportsActivity | None:
    label = concept if isinstance(concept, str) else concept.pref_label
    code = label if isinstance(concept, str) else concept.uri or label
    if not code:
        return None
    name = label or code
    chinese = _CHINESE.get(name.casefold(), name)
    return SportsActivity(
        code=code, name=chinese, name_en=name if name.isascii() or chinese != name else None
    )


def _made_for(kind: Concept | str) -> SportsActivity | None:
    label = kind if isinstance(kind, str) else kind.pref_label
    activity = _MADE_FOR.get((label or "").casefold())
    if activity is None:
        return _activity(kind)
    code = _ACTIVITY + _CODES[activity.casefold()]
    return _activity(Concept(json_ld_id=code, pref_label=activity))
