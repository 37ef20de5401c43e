"""OpenActive's own validator over what is sent and answered when something is booked (openactive/)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.kit import Order
from gateway.sources import SourceConfig
from gateway.upstream.transport import HttpxTransport
from mocks.server import RunningMocks
from schema.core.record import Ref
from tests.conftest import NOW
from tests.connectors.openactive import desks
from tests.interop.packages import BIN, environment, install

_HERE = Path(__file__).parent / "openactive"
_MINE, _OTHERS = "e11429ea-467f-4270-ab62-e47368996fe8", "f11429ea-467f-4270-ab62-e47368996fe8"
_CUSTOMER = {"@type": "Person", "email": "someone@example.test"}


def _failures(messages: list[dict[str, Any]]) -> list[tuple[str, list[Any]]]:
    """What the validator holds for wrong in each message, by its mode."""
    done = subprocess.run(  # noqa: S603  # our own script
        [BIN / "node", "validate.mjs", "messages"],
        cwd=_HERE,
        env=environment(),
        input=json.dumps(messages),
        check=True,
        capture_output=True,
        text=True,
    )
    said = json.loads(done.stdout)
    return [
        (message["mode"], [one for one in findings if one["severity"] == "failure"])
        for message, findings in zip(messages, said, strict=True)
    ]


@pytest.fixture
async def http(mocks: RunningMocks) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a world in which nobody has booked, before and after."""
    mocks.reset()
    async with httpx.AsyncClient() as client:
        yield client
    mocks.reset()


@pytest.mark.parametrize(
    ("source", "feed"),
    [
        ("sports-dayun", "slots"),
        ("sports-street", "scheduled-sessions"),
        ("classes-family", "course-instances"),
    ],
)
async def test_every_message_of_a_booking_conforms(
    mocks: RunningMocks, http: httpx.AsyncClient, source: str, feed: str
) -> None:
    """C1, C2, B, the status, the orders feed, each request, and refusals of items: no failure."""
    install(_HERE)
    api = f"{mocks.url}/{source}/openbooking"
    form = {"grant_type": "client_credentials"}
    token = await http.post(f"{api}/oauth/token", data=form, auth=(source, f"secret-of-{source}"))
    http.headers["authorization"] = f"Bearer {token.json()['access_token']}"
    messages: list[dict[str, Any]] = []

    def keep(mode: str, data: Any) -> Any:
        messages.append({"mode": mode, "data": data})
        return data

    async def put(mode: str, path: str, body: Any, status: int) -> Any:
        answer = await http.put(f"{api}/{path}", json=body)
        assert answer.status_code == status, answer.text
        return keep(mode, answer.json())

    opportunity, offer, left = await _bookable(http, f"{mocks.url}/{source}/feeds/{feed}")
    item = {"@type": "OrderItem", "acceptedOffer": offer, "orderedItem": opportunity}
    wanted = {
        "@context": "https://openactive.io/",
        "@type": "OrderQuote",
        "brokerRole": "https://openactive.io/AgentBroker",
        "broker": {"@type": "Organization", "name": "社区图谱", "url": "https://graph.example"},
        "seller": f"https://{source}.example/organizer",
        "orderedItem": [{**item, "position": number} for number in range(left)],
    }
    named = {**wanted, "customer": _CUSTOMER}
    await put("C1Response", f"order-quote-templates/{_MINE}", keep("C1Request", wanted), 200)
    quote = await put("C2Response", f"order-quotes/{_MINE}", keep("C2Request", named), 200)
    await put("C2ResponseOrderItemError", f"order-quotes/{_OTHERS}", named, 409)
    order = {**named, "@type": "Order", "totalPaymentDue": quote["totalPaymentDue"]}
    made = await put("BResponse", f"orders/{_MINE}", keep("BRequest", order), 201)
    await put("BResponseOrderItemError", f"orders/{_OTHERS}", order, 409)
    cancelled = {
        "@type": "OrderItem",
        "@id": made["orderedItem"][0]["@id"],
        "orderItemStatus": "https://openactive.io/CustomerCancelled",
    }
    cancel = {"@context": "https://openactive.io/", "@type": "Order", "orderedItem": [cancelled]}
    answer = await http.patch(f"{api}/orders/{_MINE}", json=keep("OrderPatch", cancel))
    assert answer.status_code == 204
    keep("OrderStatus", (await http.get(f"{api}/orders/{_MINE}")).json())
    (told,) = (await http.get(f"{api}/orders-rpde")).json()["items"]
    keep("OrdersFeed", told["data"])
    modes = ["C1Request", "C1Response", "C2Request", "C2Response", "C2ResponseOrderItemError", "BRequest"]
    modes += ["BResponse", "BResponseOrderItemError", "OrderPatch", "OrderStatus", "OrdersFeed"]
    assert _failures(messages) == [(mode, []) for mode in modes]


@pytest.mark.parametrize(
    ("source", "kind", "slot"),
    [
        ("sports-dayun", "court-slot", "sports-dayun-v01-badminton-20261125-12"),
        ("sports-street", "court-slot", "sports-street-v01-badminton-20261125-12-1"),
        ("sports-street", "sports-session", "sports-street-p008-20261125"),
        ("classes-family", "parent-child-class", "classes-family-p005-20261125"),
        ("classes-family", "parent-child-course", "classes-family-c007-20261127"),
    ],
)
async def test_every_message_that_our_desk_sends_conforms(
    mocks: RunningMocks,
    sources: tuple[SourceConfig, ...],
    filled_copies: Path,
    source: str,
    kind: str,
    slot: str,
) -> None:
    """C2, B and the cancellation of each kind of slot, as they were at the wire: no failure."""
    install(_HERE)
    messages: list[dict[str, Any]] = []
    modes = {"OrderQuote": "C2Request", "Order": "BRequest"}

    class Heard(HttpxTransport):
        """Keeps what is sent."""

        async def send(self, method: str, url: str, headers: Any, body: bytes, **limits: Any) -> Any:
            if method in ("PUT", "PATCH"):
                data = json.loads(body)
                mode = "OrderPatch" if method == "PATCH" else modes[data["@type"]]
                messages.append({"mode": mode, "data": data})
            return await super().send(method, url, headers, body, **limits)

    wish = Order(reference=_MINE, kind=kind, slot=Ref(source, slot), party=1, resident="3f" * 16, made=NOW)
    async with desks(mocks, sources, filled_copies) as open_desk:
        desk = await open_desk(source, kind, transport=Heard())
        assert await desk.hold(wish) is not None
        await desk.cancel(wish, await desk.book(wish))
        assert [entry["kind"] for entry in mocks.ledger(source)] == ["order.created", "order.cancelled"]
    assert _failures(messages) == [("C2Request", []), ("BRequest", []), ("OrderPatch", [])]


async def _bookable(http: httpx.AsyncClient, url: str) -> tuple[str, str, int]:
    """Something to be had from two days on: its `@id`, that of its first offer, and how many are left."""
    while True:
        page = (await http.get(url)).json()
        assert page["items"], "nothing can be booked"
        for item in page["items"]:
            data = item.get("data", {"startDate": ""})
            left = data.get("remainingUses", data.get("remainingAttendeeCapacity", 0))
            if "2026-11-26" < data["startDate"] < "2026-11-30" and left and "Cancelled" not in str(data):
                offers = data.get("offers") or data["superEvent"]["offers"]
                return data["@id"], offers[0]["@id"], left
        url = page["next"]
