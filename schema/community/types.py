"""Community: its own facts, and what each scenario adds to it."""

from __future__ import annotations

from schema.civic.around import CivicOfCommunity
from schema.classes.around import ClassesOfCommunity
from schema.community.gazetteer import CommunityRecord, community_of
from schema.core.entity import Node, node_type
from schema.health.around import HealthOfCommunity
from schema.parking.around import ParkingOfCommunity
from schema.reading.around import ReadingOfCommunity
from schema.sports.around import SportsOfCommunity


@node_type(CommunityRecord, "Community", community_of)
class Community(
    Node,
    ParkingOfCommunity,
    ReadingOfCommunity,
    HealthOfCommunity,
    CivicOfCommunity,
    SportsOfCommunity,
    ClassesOfCommunity,
):
    """What stands in and around a community; a new scenario adds its fields here."""
