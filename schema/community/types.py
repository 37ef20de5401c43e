"""Community: its own facts, and what each scenario adds to it."""

from __future__ import annotations

from schema.childcare.around import ChildcareOfCommunity
from schema.civic.around import CivicOfCommunity
from schema.classes.around import ClassesOfCommunity
from schema.community.gazetteer import CommunityRecord, community_of
from schema.core.entity import Node, node_type
from schema.eldercare.around import EldercareOfCommunity
from schema.enterprise.around import EnterpriseOfCommunity
from schema.goods.around import GoodsOfCommunity
from schema.health.around import HealthOfCommunity
from schema.hostels.around import HostelsOfCommunity
from schema.parking.around import ParkingOfCommunity
from schema.parking.charging.around import ChargingOfCommunity
from schema.reading.around import ReadingOfCommunity
from schema.schools.around import SchoolsOfCommunity
from schema.search.around import SearchOfCommunity
from schema.sports.around import SportsOfCommunity
from schema.volunteering.around import VolunteeringOfCommunity


@node_type(CommunityRecord, "Community", community_of)
class Community(
    Node,
    SearchOfCommunity,
    ParkingOfCommunity,
    ChargingOfCommunity,
    ReadingOfCommunity,
    HealthOfCommunity,
    ChildcareOfCommunity,
    EldercareOfCommunity,
    HostelsOfCommunity,
    SchoolsOfCommunity,
    EnterpriseOfCommunity,
    CivicOfCommunity,
    VolunteeringOfCommunity,
    GoodsOfCommunity,
    SportsOfCommunity,
    ClassesOfCommunity,
):
    """What stands in and around a community; a new scenario adds its fields here."""
