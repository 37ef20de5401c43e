"""Street addresses, postal codes and where on a street something stands, for every part of the world."""

from random import Random

from mocks.world.geography import Community
from mocks.world.spelling import latin

POSTCODES = {
    "平湖街道": "518111",
    "布吉街道": "518112",
    "吉华街道": "518112",
    "南湾街道": "518114",
    "横岗街道": "518115",
    "园山街道": "518115",
    "龙岗街道": "518116",
    "宝龙街道": "518116",
    "坪地街道": "518117",
    "坂田街道": "518129",
    "龙城街道": "518172",
}
_ROADS = {
    "路": "Road",
    "大道": "Avenue",
    "中路": "Middle Road",
    "南路": "South Road",
    "北路": "North Road",
    "一路": "1st Road",
    "二路": "2nd Road",
    "西街": "West Street",
    "东街": "East Street",
}


def short_name(community: Community) -> str:
    """`龙岭` of `龙岭社区`."""
    return community.name.removesuffix("社区")


def street_of(community: Community, rng: Random) -> str:
    """A street named after the community, as most are."""
    return short_name(community) + rng.choice(tuple(_ROADS))


def english_street(community: Community, street: str) -> str:
    """`Longling South Road` of `龙岭南路`."""
    name = short_name(community)
    return f"{latin(name)} {_ROADS[street.removeprefix(name)]}"


def full_address(community: Community, street: str, number: int) -> str:
    return f"深圳市龙岗区{community.subdistrict}{street}{number}号"
