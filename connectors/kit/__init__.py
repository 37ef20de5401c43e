"""All that a connector may import."""

from connectors.kit.case_desk import CaseDesk
from connectors.kit.connector import Connector, NoOptions, answers
from connectors.kit.decode import DecodeError, chunked, convert, json_of, xml
from connectors.kit.desk import Desk, says_no
from connectors.kit.path import fits_path
from connectors.kit.replica import (
    Feed,
    FeedPage,
    FeedReset,
    Item,
    Kept,
    Key,
    Removal,
    Replica,
    ReplicaConnector,
    Selection,
    Table,
)
from connectors.kit.together import gather_all
from connectors.kit.upstream import Params, Response, StatusError, Upstream
from schema.core.booking import Booked, Order, Refusal, Refused, Standing
from schema.core.errors import Code, SourceError
from schema.core.reporting import Answer, CaseAct, CaseRules, Filed, Report

__all__ = [
    "Answer",
    "Booked",
    "CaseAct",
    "CaseDesk",
    "CaseRules",
    "Code",
    "Connector",
    "DecodeError",
    "Desk",
    "Feed",
    "FeedPage",
    "FeedReset",
    "Filed",
    "Item",
    "Kept",
    "Key",
    "NoOptions",
    "Order",
    "Params",
    "Refusal",
    "Refused",
    "Removal",
    "Replica",
    "ReplicaConnector",
    "Report",
    "Response",
    "Selection",
    "SourceError",
    "Standing",
    "StatusError",
    "Table",
    "Upstream",
    "answers",
    "chunked",
    "convert",
    "fits_path",
    "gather_all",
    "json_of",
    "says_no",
    "xml",
]
