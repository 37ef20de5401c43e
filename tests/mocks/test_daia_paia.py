"""The libraries' availability (DAIA) and their readers' accounts (PAIA)."""

from typing import Any

import httpx
import pytest

from mocks.server import RunningMocks

DISTRICT = "opac-cn-lgq"
READER = "/paia/core/044030700000003"


@pytest.fixture
async def client(mocks: RunningMocks, http: httpx.AsyncClient) -> httpx.AsyncClient:
    """A client of the district library that holds a token."""
    http.base_url = httpx.URL(f"{mocks.url}/library-district")
    answer = await http.post(
        "/api/v1/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=("library-district", "secret-of-library-district"),
    )
    http.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
    return http


async def availability(client: httpx.AsyncClient, ids: str) -> dict[str, Any]:
    answer = await client.get("/daia", params={"format": "json", "id": ids})
    assert answer.status_code == 200
    assert answer.headers["x-daia-version"] == "1.0.0"
    found: dict[str, Any] = answer.json()
    return found


async def item(client: httpx.AsyncClient, biblio: int, number: int) -> dict[str, Any]:
    document = (await availability(client, str(biblio)))["document"][0]
    found: dict[str, Any] = next(i for i in document["item"] if i["id"] == f"{DISTRICT}:epn:{number}")
    return found


def services(found: dict[str, Any], kind: str) -> list[str]:
    return [service["service"] for service in found.get(kind, [])]


async def test_requested_echoes_the_id_that_was_given(client: httpx.AsyncClient) -> None:
    """Ids in full, in part, as a number or an ISBN; what is unknown is simply absent."""
    found = await availability(
        client, f"{DISTRICT}:ppn:3|ppn:2|1|other:ppn:4|isbn:9780000000000|99999|isbn:978-7-02-033342-4"
    )
    assert [(d["requested"], d["id"]) for d in found["document"]] == [
        (f"{DISTRICT}:ppn:3", f"{DISTRICT}:ppn:3"),
        ("ppn:2", f"{DISTRICT}:ppn:2"),
        ("1", f"{DISTRICT}:ppn:1"),
    ]
    assert found["institution"] == {"id": "urn:longgang:library:library-district", "content": "龙岗区图书馆"}
    assert found["timestamp"] == "2026-11-24T10:00:00+08:00"
    assert (await availability(client, "isbn:978-7-02-033342-4"))["document"][0]["id"] == f"{DISTRICT}:ppn:2"
    assert (await availability(client, "99999"))["document"] == []


async def test_each_copy_tells_what_can_be_done_with_it(client: httpx.AsyncClient) -> None:
    """On the shelf, out, in transit, for use in the building, lost, kept for a reader, digital, a thing."""
    shelved = await item(client, 1, 1)
    assert (shelved["label"], shelved["storage"]) == ("I242.4/786", {"content": "二楼文学社科区"})
    assert shelved["department"] == {"id": "urn:longgang:library:LGZX", "content": "龙岗区图书馆总馆"}
    assert services(shelved, "available") == ["presentation", "loan", "interloan"]
    assert (shelved["available"][2]["delay"], "unavailable" in shelved) == ("P3D", False)
    out = await item(client, 8, 24)
    assert out["unavailable"][1] == {"service": "loan", "expected": "2026-11-24"}
    assert services(out, "available") == []
    moved = await item(client, 4, 10)
    assert {service["delay"] for service in moved["available"]} == {"unknown"}
    local = await item(client, 2181, 5183)
    assert (services(local, "available"), services(local, "unavailable")) == (["presentation"], ["loan"])
    assert local["available"][0]["limitation"][0]["id"] == "http://purl.org/ontology/dso#Stationary"
    assert local["available"][0]["delay"] == "PT1H"
    lost = await item(client, 5, 15)
    assert (services(lost, "unavailable"), "expected" in lost["unavailable"][1]) == (
        ["presentation", "loan"],
        False,
    )
    kept = await item(client, 20, 52)
    assert kept["unavailable"][1] == {"service": "loan", "queue": 1}
    digital = (await availability(client, "18"))["document"][0]["item"][-1]
    assert (digital["id"], services(digital, "available")) == (f"{DISTRICT}:ebook:18", ["remote"])
    thing = (await availability(client, "3594"))["document"][0]["item"][0]
    assert thing["available"][0]["href"].endswith("/library-district/api/v1/bookings")
    withdrawn = (await availability(client, "69"))["document"][0]["item"]
    assert f"{DISTRICT}:epn:172" not in [copy["id"] for copy in withdrawn]


async def test_overdue_copies_come_back_nobody_knows_when(
    mocks: RunningMocks, client: httpx.AsyncClient
) -> None:
    """Past the date due, `expected` is unknown; the queue counts who waits."""
    late = next(
        item
        for biblio in mocks.world.libraries["library-district"].biblios
        for item in biblio.items
        if item.due and item.due.isoformat() < "2026-11-20"
    )
    assert (await item(client, late.biblio, late.id))["unavailable"][1]["expected"] == "unknown"
    awaited = mocks.world.libraries["library-district"].queue[1]
    copies = (await availability(client, str(awaited.biblio)))["document"][0]["item"]
    assert max(s.get("queue", 0) for copy in copies for s in copy.get("unavailable", [])) >= 2


async def test_bantian_leaves_the_rest_to_a_next_request(
    mocks: RunningMocks, http: httpx.AsyncClient
) -> None:
    """Twenty ids at a time, the remaining ones in Link; the others answer fifty at once."""
    ids = [str(number) for number in range(1, 51)]
    query = {"format": "json", "id": "|".join(ids)}
    whole = await http.get(f"{mocks.url}/library-buji/daia", params=query)
    assert (len(whole.json()["document"]), "link" in whole.headers) == (50, False)
    part = await http.get(f"{mocks.url}/library-bantian/daia", params=query)
    seen = [len(part.json()["document"])]
    while "link" in part.headers:
        url = part.headers["link"].removeprefix("<").removesuffix('>; rel="next"')
        part = await http.get(url)
        seen.append(len(part.json()["document"]))
    assert seen == [20, 20, 10]
    assert part.json()["document"][-1]["requested"] == "50"


async def test_daia_says_what_it_does_not_understand(client: httpx.AsyncClient) -> None:
    """422 without format or id, 501 for one patron's availability, 405 for anything but GET."""
    for query, status, code in (
        ("id=1", 422, "invalid_request"),
        ("format=json", 422, "invalid_request"),
        ("format=json&id=1&patron=3", 501, "not_implemented"),
    ):
        answer = await client.get(f"/daia?{query}")
        assert (answer.status_code, answer.json()["code"], answer.json()["error"]) == (status, status, code)
    assert (await client.post("/daia?format=json&id=1")).status_code == 405


async def test_a_readers_account(client: httpx.AsyncClient) -> None:
    """Name, state, loans and fees; expired cards and debts show in the state."""
    account = await client.get(READER)
    assert account.json()["status"] == 0
    assert account.headers["x-accepted-oauth-scopes"] == "read_patron"
    documents = (await client.get(f"{READER}/items")).json()["doc"]
    assert {"status": 3, "edition": f"{DISTRICT}:ppn:134"}.items() <= documents[0].items()
    assert (documents[0]["duedate"], documents[0]["canrenew"]) == ("2026-12-20", True)
    states = {}
    for number in (12, 30, 60, 120):
        states[number] = (await client.get(f"/paia/core/0440307{number:08d}")).json()["status"]
    assert states == {12: 2, 30: 3, 60: 4, 120: 4}
    assert (await client.get(f"{READER}/fees")).json() == {"amount": "0.00 CNY", "fee": []}
    owing = (await client.get("/paia/core/044030700000030/fees")).json()
    assert (owing["amount"], owing["fee"][0]["feetype"]) == ("17.00 CNY", "逾期费")


async def test_a_document_may_fail_in_a_good_answer(mocks: RunningMocks, client: httpx.AsyncClient) -> None:
    """200 with `error` beside the failed document; the others are carried out; cancelling undoes."""
    wish = {
        "doc": [
            {"edition": f"{DISTRICT}:ppn:90"},
            {"edition": "elsewhere:ppn:1"},
            {"item": f"{DISTRICT}:epn:5066"},
        ]
    }
    answer = await client.post(f"{READER}/request", json=wish)
    assert answer.status_code == 200
    first, second, third = answer.json()["doc"]
    assert (first["status"], first["requested"], first["queue"]) == (1, f"{DISTRICT}:ppn:90", 1)
    assert (second["status"], second["error"]) == (5, "本馆没有该文献")
    assert (third["status"], third["error"]) == (5, "该书不可预约")
    again = (await client.post(f"{READER}/request", json={"doc": wish["doc"][:1]})).json()["doc"][0]
    assert (again["status"], again["error"]) == (5, "已预约该书")
    gone = (await client.post(f"{READER}/cancel", json={"doc": wish["doc"][:1]})).json()["doc"][0]
    assert gone == {"status": 0, "edition": f"{DISTRICT}:ppn:90"}
    nothing = (await client.post(f"{READER}/cancel", json={"doc": wish["doc"][:1]})).json()["doc"][0]
    assert nothing["error"] == "您没有预约该书"
    assert [e["kind"] for e in mocks.ledger("library-district")][-2:] == ["hold.placed", "hold.cancelled"]


async def test_copies_in_the_stacks_are_ordered(mocks: RunningMocks, client: httpx.AsyncClient) -> None:
    """DAIA has an address for them; who asks first has the copy, the next waits until it is given back."""
    document = f"{DISTRICT}:ppn:2184"
    other = READER.replace("0003", "0004")
    wish = {"doc": [{"edition": document}]}
    free = await item(client, 2184, 5192)
    assert free["available"][0]["href"].endswith("/library-district/stacks/5192")
    first = (await client.post(f"{READER}/request", json=wish)).json()["doc"][0]
    assert (first["status"], first["queue"], first["item"]) == (2, 0, f"{DISTRICT}:epn:5192")
    assert (first["requested"], first["starttime"]) == (document, "2026-11-24T10:00:00+08:00")
    again = (await client.post(f"{READER}/request", json=wish)).json()["doc"][0]
    assert (again["status"], again["error"]) == (5, "已预约该书")
    second = (await client.post(f"{other}/request", json=wish)).json()["doc"][0]
    assert (second["status"], second["queue"]) == (1, 1)
    taken = await item(client, 2184, 5192)
    assert (services(taken, "available"), taken["unavailable"][0]["queue"]) == ([], 2)
    owing = READER.replace("0003", "0070")
    barred = (await client.post(f"{owing}/request", json=wish)).json()["doc"][0]
    assert (barred["status"], barred["error"]) == (5, "欠费超过上限")
    assert (await client.post(f"{READER}/cancel", json=wish)).json()["doc"][0]["status"] == 0
    moved = (await client.get(f"{other}/items")).json()["doc"][-1]
    assert (moved["status"], moved["queue"], moved["edition"]) == (2, 0, document)
    await client.post(f"{other}/cancel", json=wish)
    assert await item(client, 2184, 5192) == free
    kinds = [e["kind"] for e in mocks.ledger("library-district") if e.get("item_id") == 5192]
    assert kinds == ["stack.requested", "stack.requested", "stack.cancelled", "stack.cancelled"]


async def test_renewing_moves_the_due_date_until_the_rules_stop_it(client: httpx.AsyncClient) -> None:
    """Twice at most; the REST API names the same rules in its own words."""
    wish = {"doc": [{"edition": f"{DISTRICT}:ppn:203"}]}
    renewed = (await client.post(f"{READER}/renew", json=wish)).json()["doc"][0]
    assert (renewed["status"], renewed["renewals"], renewed["duedate"]) == (3, 1, "2026-12-24")
    await client.post(f"{READER}/renew", json=wish)
    third = (await client.post(f"{READER}/renew", json=wish)).json()["doc"][0]
    assert (third["status"], third["error"]) == (5, "续借次数已达上限")
    for number, reason in ((7, "too_many"), (9, "overdue"), (31, "on_reserve")):
        answer = await client.post(f"/api/v1/checkouts/{number}/renewal")
        assert (answer.status_code, answer.json()) == (403, {"error": f"Renewal not authorized ({reason})"})
    assert (await client.post("/api/v1/checkouts/2/renewal")).json()[
        "due_date"
    ] == "2026-12-24T23:59:00+08:00"


async def test_paia_refuses_requests_as_a_whole(mocks: RunningMocks, client: httpx.AsyncClient) -> None:
    """No token, an unknown reader, no JSON, no document, an unknown method; Basic does not open it."""
    async with httpx.AsyncClient(base_url=f"{mocks.url}/library-buji") as stranger:
        basic = ("library-buji", "password-of-library-buji")
        refused = await stranger.get("/paia/core/044031400000003", auth=basic)
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_grant")
        assert refused.headers["www-authenticate"].startswith("Bearer")
    for path, body, status, code in (
        ("/paia/core/nobody/items", None, 404, "not_found"),
        (f"{READER}/request", b"{", 400, "invalid_request"),
        (f"{READER}/request", b'{"doc":[]}', 422, "invalid_request"),
        (f"{READER}/request", b'{"doc":[{}]}', 422, "invalid_request"),
        (f"{READER}/change", None, 404, "not_found"),
        (f"{READER}/request", None, 405, "invalid_request"),
    ):
        answer = await (client.get(path) if body is None else client.post(path, content=body))
        assert (answer.status_code, answer.json()["error"], answer.json()["code"]) == (status, code, status)
