"""All that a connector may import."""

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

__all__ = [
    "Booked",
    "Code",
    "Connector",
    "DecodeError",
    "Desk",
    "Feed",
    "FeedPage",
    "FeedReset",
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
