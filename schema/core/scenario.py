"""Scenarios: the parts of residents' lives that the graph serves."""

from __future__ import annotations

from enum import StrEnum

from schema.core.docs import enum_type


class Scenario(StrEnum):
    """The ten services of the virtual community, and what stands beside them."""

    PARKING = "parking"
    SPORTS = "sports"
    READING = "reading"
    HEALTH = "health"
    CHILDCARE = "childcare"
    HOSTELS = "hostels"
    VOLUNTEERING = "volunteering"
    ELDERCARE = "eldercare"
    CLASSES = "classes"
    GOODS = "goods"
    SCHOOLS = "schools"
    ENTERPRISE = "enterprise"
    CIVIC = "civic"


enum_type(
    Scenario,
    "服务场景",
    "A part of life that the graph serves",
    PARKING=("我要停车", "Parking and charging"),
    SPORTS=("我要运动", "Sports"),
    READING=("我要阅读", "Reading"),
    HEALTH=("健康医疗", "Health care"),
    CHILDCARE=("我要托育", "Childcare"),
    HOSTELS=("青年驿站", "Youth hostels"),
    VOLUNTEERING=("志愿港湾", "Volunteering"),
    ELDERCARE=("养老服务", "Care of the elderly"),
    CLASSES=("亲子学堂", "Classes for parents and children"),
    GOODS=("好物分享", "Shared goods"),
    SCHOOLS=("学校与教学资源", "Schools and teaching resources"),
    ENTERPRISE=("企业服务", "Services for enterprises"),
    CIVIC=("一网统管", "Reports to the district"),
)
