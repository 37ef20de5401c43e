"""Activities and kinds of facility, by the concepts of OpenActive's published vocabularies (CC BY 4.0)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Concept:
    """A concept of a published list: its identifier there, and its preferred label."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Activity:
    """What is done (activity list), and where it is done (facility types), where there is such a place."""

    zh: str
    concept: Concept
    facility: Concept | None = None
    court: str = ""


_ACTIVITIES = {
    "badminton": Activity(
        "羽毛球",
        Concept("c0360db0-a817-4bae-9167-40f89b49fc9e", "Badminton"),
        Concept("9db5681e-700e-4b30-99a5-355885d94db2", "Badminton Court"),
        "羽毛球场",
    ),
    "basketball": Activity(
        "篮球",
        Concept("e09776e6-f1b4-421b-b667-5c5913cf97aa", "Basketball"),
        Concept("f4a323ed-d2d3-4bcd-be07-cd9cd0b25e5b", "Basketball Court"),
        "篮球场",
    ),
    "tennis": Activity(
        "网球",
        Concept("f2ea7405-6098-4378-b0fe-4e398a659fc4", "Tennis"),
        Concept("becfafc0-c63f-444c-aed5-a3665f2d172d", "Tennis Court"),
        "网球场",
    ),
    "football": Activity(
        "足球",
        Concept("0a5f732d-e806-4e51-ad40-0a7de0239c8c", "Football"),
        Concept("07e38aa9-4087-424e-95d0-0702d64e1a7a", "Football Pitch"),
        "足球场",
    ),
    "table-tennis": Activity(
        "乒乓球",
        Concept("1a05993d-b206-4efe-85da-646fa340bdf4", "Table Tennis"),
        Concept("5b5e33b7-dc1f-44ba-8122-2c051a533959", "Table Tennis Table"),
        "乒乓球台",
    ),
    "tai-chi": Activity("太极拳", Concept("c16df6ed-a4a0-4275-a8c3-1c8cff56856f", "Tai Chi")),
    "qigong": Activity("气功", Concept("c5e5beaf-0af7-4f43-a28f-6f4ef0e6da92", "Qigong")),
    "yoga": Activity("瑜伽", Concept("bf1a5e00-cdcf-465d-8c5a-6f57040b7f7e", "Yoga")),
    "baby-yoga": Activity("亲子瑜伽", Concept("1fdf548e-3a7b-45ea-b94b-924475cdc7b0", "Baby Yoga")),
    "dance": Activity("舞蹈", Concept("6ca15167-51da-4d91-a1ae-8a45dc47b0ea", "Dance")),
    "ballet": Activity("芭蕾", Concept("1ae7395a-27a7-4e33-9f6d-a1a6c17d0757", "Ballet")),
    "aerobics": Activity("健美操", Concept("678b9fc4-1860-4377-85b9-e4c01628582a", "Aerobics")),
}

ACTIVITIES = {
    key: Activity(
        found.zh,
        Concept(f"https://openactive.io/activity-list#{found.concept.id}", found.concept.label),
        found.facility
        and Concept(f"https://openactive.io/facility-types#{found.facility.id}", found.facility.label),
        found.court,
    )
    for key, found in _ACTIVITIES.items()
}
