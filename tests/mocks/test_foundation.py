"""The simulators' foundation: world, control, credentials, faults and calls."""

import asyncio
import json
import socket
import time
from datetime import datetime, timedelta

import httpx
import pytest

from mocks.server import RunningMocks, create_app
from mocks.world import CHINA, COMMUNITIES, Clock, World, distance_m, position_in

CITY = ("parking-city", "secret-of-parking-city")
GRANT = {"grant_type": "client_credentials"}
CASE = {
    "api_key": "key-of-events",
    "service_code": "44030706010",
    "lat": "22.6",
    "long": "114.12",
    "description": "垃圾",
}


# World


def test_a_clock_stands_where_it_was_frozen_and_moves_when_told() -> None:
    """Frozen time is exact and at +08:00; a time without a zone is refused."""
    clock = Clock.frozen(datetime.fromisoformat("2026-11-24T02:00:00Z"))
    assert clock.now().isoformat() == "2026-11-24T10:00:00+08:00"
    clock.move_to(clock.now() + timedelta(minutes=3))
    assert clock.now().isoformat() == "2026-11-24T10:03:00+08:00"
    clock.move_to(None)
    assert abs(clock.now() - datetime.now(CHINA)) < timedelta(seconds=5)
    with pytest.raises(ValueError, match="lacks a zone"):
        Clock.frozen(datetime(2026, 11, 24, 10))  # noqa: DTZ001


def test_the_nearest_centre_gives_a_position_its_community_back() -> None:
    """Every position in a community lies within 180 m of its centre and nearer to no other."""
    rng = World(3).rng("positions")
    assert len(COMMUNITIES) == 111
    for community in COMMUNITIES:
        for _ in range(5):
            lat, lng = position_in(community, rng)
            nearest = min(COMMUNITIES, key=lambda c: distance_m(lat, lng, c.lat, c.lng))
            assert nearest is community
            assert distance_m(lat, lng, community.lat, community.lng) <= 180


def test_each_name_has_a_generator_of_its_own() -> None:
    """The order of asking does not matter, and the values are those of every process."""
    one, other = World(7), World(7)
    first = [one.rng("a").random(), one.rng("b").random()]
    assert first == [other.rng(name).random() for name in ("b", "a")][::-1]
    assert World(7).rng("a").randrange(10**6) == 357156
    assert World(8).rng("a").random() != first[0]


# Control


async def test_control_lists_the_simulators_with_working_addresses(
    mocks: RunningMocks, http: httpx.AsyncClient
) -> None:
    """Each entry has id, standard, name, ways to authenticate, and a url that its simulator answers at."""
    listed = (await http.get(f"{mocks.url}/_control/simulators")).json()
    by_id = {entry["id"]: entry for entry in listed}
    assert by_id["parking-city"] == {
        "id": "parking-city",
        "standard": "APDS v4",
        "name": "龙岗城投停车",
        "url": f"{mocks.url}/parking-city",
        "auth": ["oauth2-client-credentials"],
    }
    assert by_id["events"]["auth"] == ["api-key"]
    await asyncio.gather(*(http.get(f"{entry['url']}/") for entry in listed))
    assert {call.simulator for call in mocks.calls()} == set(by_id)


async def test_calls_are_logged_at_the_wire_and_tokens_flagged(
    mocks: RunningMocks, http: httpx.AsyncClient
) -> None:
    """Method, path inside the simulator, query and status of each request; token requests apart."""
    await http.post(f"{mocks.url}/parking-city/oauth/token", data=GRANT, auth=CITY)
    await http.get(f"{mocks.url}/parking-city/places?layer=0")
    await http.get(f"{mocks.url}/events/services.json")
    logged = [(c.method, c.path, c.query, c.status, c.token) for c in mocks.calls("parking-city")]
    assert logged == [("POST", "/oauth/token", "", 200, True), ("GET", "/places", "layer=0", 401, False)]
    assert len(mocks.calls(token=False)) == 2
    over_http = (await http.get(f"{mocks.url}/_control/calls?simulator=events")).json()
    assert [(c["path"], c["status"], c["token"]) for c in over_http] == [("/services.json", 200, False)]
    assert over_http[0]["ms"] > 0
    assert (await http.delete(f"{mocks.url}/_control/calls")).status_code == 204
    assert mocks.calls() == []


async def test_control_refuses_what_it_does_not_know(mocks: RunningMocks, http: httpx.AsyncClient) -> None:
    """An unknown simulator is 404; an unknown switch, a wrong type or a broken body is 400."""
    faults = f"{mocks.url}/_control/faults"
    assert (await http.put(f"{faults}/nobody", json={})).status_code == 404
    assert (await http.put(f"{faults}/events", json={"eror_rate": 1})).status_code == 400
    assert (await http.put(f"{faults}/parking-city", json={"xml_only": True})).status_code == 400
    assert (await http.put(f"{faults}/events", json={"error_rate": "much"})).status_code == 400
    assert (await http.put(f"{faults}/events", content=b"{")).status_code == 400
    assert (await http.get(f"{mocks.url}/_control/ledger/nobody")).status_code == 404
    assert (await http.get(f"{mocks.url}/nobody/places")).status_code == 404


async def test_control_moves_the_clock(mocks: RunningMocks, http: httpx.AsyncClient) -> None:
    """A test or a demonstration can let time go on over HTTP."""
    answer = await http.put(f"{mocks.url}/_control/clock", json={"at": "2026-11-24T10:03:00+08:00"})
    assert answer.json() == {"now": "2026-11-24T10:03:00+08:00"}
    assert mocks.world.clock.now().minute == 3


async def test_a_reset_begins_anew(http: httpx.AsyncClient) -> None:
    """What was written, logged, switched on and given out is gone; the clock stays."""
    world = World(7, Clock.frozen(datetime.fromisoformat("2026-11-24T10:00+08:00")))
    with RunningMocks(world, only=["events", "parking-city"]) as running:
        token = (await http.post(f"{running.url}/parking-city/oauth/token", data=GRANT, auth=CITY)).json()
        bearer = {"authorization": f"Bearer {token['access_token']}"}
        created = (await http.post(f"{running.url}/events/requests.json", data=CASE)).json()[0]
        running.fault("events", error_rate=1)
        assert (await http.post(f"{running.url}/_control/reset")).status_code == 204
        assert (running.ledger("events"), running.calls()) == ([], [])
        path = f"requests.xml?service_request_id={created['service_request_id']}"
        assert "<request>" not in (await http.get(f"{running.url}/events/{path}")).text
        assert (await http.get(f"{running.url}/parking-city/rates", headers=bearer)).status_code == 401
        assert running.world.clock.now().hour == 10


async def test_each_simulator_can_have_a_port_of_its_own(http: httpx.AsyncClient) -> None:
    """With ports, a simulator answers at the root of its own port and still under its path."""
    with RunningMocks(only=["events", "parking-park"], ports=True) as running:
        assert len(running.app.ports) == 2
        own = running.url_of("events")
        assert own != running.url
        direct = await http.get(f"{own}/services.json")
        under_path = await http.get(f"{running.url}/events/services.json")
        assert direct.json() == under_path.json()
        assert [call.path for call in running.calls("events")] == ["/services.json", "/services.json"]


def test_running_mocks_can_take_a_named_port() -> None:
    """So that an address can be written down before the simulators run."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with RunningMocks(only=["events"], port=port) as running:
        assert running.url == f"http://127.0.0.1:{port}"


def test_only_named_simulators_are_served_and_a_wrong_name_is_an_error() -> None:
    """`only` restricts; a name that no simulator has is refused at the start."""
    assert [s.id for s in RunningMocks(only=["events"]).app.simulators] == ["events"]
    with pytest.raises(ValueError, match="no simulator is called evnts"):
        create_app(World(), only=["evnts"])


# Credentials


@pytest.mark.parametrize("by_form", [False, True])
async def test_a_client_gets_a_token_by_basic_and_by_form(
    mocks: RunningMocks, http: httpx.AsyncClient, by_form: bool
) -> None:
    """client_secret_basic and client_secret_post both give a bearer token that opens the routes."""
    form = {**GRANT, "client_id": CITY[0], "client_secret": CITY[1], "scope": "sp"} if by_form else GRANT
    token_url = f"{mocks.url}/parking-city/oauth/token"
    answer = await http.post(token_url, data=form, auth=httpx.USE_CLIENT_DEFAULT if by_form else CITY)
    assert answer.headers["cache-control"] == "no-store"
    content = answer.json()
    assert content["token_type"] == "Bearer"
    assert content["expires_in"] == 300
    assert content.get("scope") == ("sp" if by_form else None)
    headers = {"authorization": f"Bearer {content['access_token']}"}
    assert (await http.get(f"{mocks.url}/parking-city/rates", headers=headers)).status_code == 200
    assert (await http.get(f"{mocks.url}/parking-park/rates", headers=headers)).status_code == 401


async def test_token_errors_are_those_of_rfc_6749(mocks: RunningMocks, http: httpx.AsyncClient) -> None:
    """Wrong secret, wrong or missing grant, wrong body and wrong method each get their own error."""
    url = f"{mocks.url}/parking-city/oauth/token"
    wrong = await http.post(url, data=GRANT, auth=("parking-city", "guess"))
    assert (wrong.status_code, wrong.json()) == (401, {"error": "invalid_client"})
    assert wrong.headers["www-authenticate"].startswith("Basic")
    anonymous = await http.post(url, data=GRANT)
    assert (anonymous.status_code, anonymous.json()) == (401, {"error": "invalid_client"})
    other = await http.post(url, data={"grant_type": "password"}, auth=CITY)
    assert (other.status_code, other.json()) == (400, {"error": "unsupported_grant_type"})
    missing = await http.post(url, data={"scope": "sp"}, auth=CITY)
    assert (missing.status_code, missing.json()) == (400, {"error": "invalid_request"})
    assert (await http.post(url, json=GRANT, auth=CITY)).json() == {"error": "invalid_request"}
    assert (await http.get(url)).status_code == 405


async def test_tokens_really_expire_and_can_be_revoked(mocks: RunningMocks, http: httpx.AsyncClient) -> None:
    """An expired or revoked token answers 401 with error="invalid_token", whatever the world's clock says."""
    url = f"{mocks.url}/parking-city"

    async def fresh() -> dict[str, str]:
        answer = await http.post(f"{url}/oauth/token", data=GRANT, auth=CITY)
        return {"authorization": f"Bearer {answer.json()['access_token']}"}

    mocks.tokens("parking-city", lifetime_s=0.15)
    short = await fresh()
    assert (await http.get(f"{url}/rates", headers=short)).status_code == 200
    await asyncio.sleep(0.2)
    expired = await http.get(f"{url}/rates", headers=short)
    assert expired.status_code == 401
    assert 'Bearer error="invalid_token"' in expired.headers["www-authenticate"]
    await http.post(f"{mocks.url}/_control/tokens/parking-city", json={"lifetime_s": 60})
    long = await fresh()
    assert (await http.get(f"{url}/rates", headers=long)).status_code == 200
    await http.post(f"{mocks.url}/_control/tokens/*", json={"revoke": True})
    assert (await http.get(f"{url}/rates", headers=long)).status_code == 401


# Faults


async def test_latency_delays_and_is_cleared(mocks: RunningMocks, http: httpx.AsyncClient) -> None:
    """The answer comes late but whole; afterwards it comes at once again."""
    url = f"{mocks.url}/events/services.json"
    mocks.fault("events", latency_ms=200)
    began = time.perf_counter()
    assert (await http.get(url)).status_code == 200
    assert time.perf_counter() - began >= 0.2
    mocks.clear_faults("events")
    began = time.perf_counter()
    await http.get(url)
    assert time.perf_counter() - began < 0.2
    assert [call.fault for call in mocks.calls()] == ["latency_ms", None]


async def test_errors_are_a_proxys_page_and_seeded(mocks: RunningMocks, http: httpx.AsyncClient) -> None:
    """The same seed fails the same requests; the page is HTML, with Retry-After where set."""
    url = f"{mocks.url}/events/services.json"

    async def twenty() -> list[int]:
        mocks.fault("events", error_rate=0.3, error_status=502, retry_after=7)
        return [(await http.get(url)).status_code for _ in range(20)]

    first = await twenty()
    assert first == await twenty()
    assert first.count(502) == 7
    mocks.fault("events", error_rate=1, retry_after=7)
    page = await http.get(url)
    assert (page.status_code, page.headers["content-type"], page.headers["retry-after"]) == (
        503,
        "text/html; charset=utf-8",
        "7",
    )


async def test_a_fault_can_be_narrowed(mocks: RunningMocks, http: httpx.AsyncClient) -> None:
    """Only the named path and method ail, only so many times, and token requests only where asked for."""
    events, city = f"{mocks.url}/events", f"{mocks.url}/parking-city"
    mocks.fault("events", error_rate=1, path="/requests", method="GET", count=2)
    assert (await http.get(f"{events}/services.json")).status_code == 200
    assert (await http.post(f"{events}/requests.json")).status_code == 400
    statuses = [(await http.get(f"{events}/requests.json?status=open")).status_code for _ in range(3)]
    assert statuses == [503, 503, 200]
    mocks.fault("*", error_rate=1, count=1)
    assert (await http.post(f"{city}/oauth/token", data=GRANT, auth=CITY)).status_code == 200
    assert (await http.get(f"{city}/places")).status_code == 503
    assert (await http.get(f"{city}/places")).status_code == 401
    assert (await http.get(f"{events}/services.json")).status_code == 503
    mocks.fault("parking-city", error_rate=1, tokens=True)
    assert (await http.post(f"{city}/oauth/token", data=GRANT, auth=CITY)).status_code == 503


async def test_a_share_of_the_requests_ails_by_turns(mocks: RunningMocks, http: httpx.AsyncClient) -> None:
    """Two in ten or so, the same each time, by a page, by silence and by a reset; counted by simulator."""
    url = f"{mocks.url}/events/services.json"

    async def forty() -> list[str]:
        mocks.fault("events", rate=0.2, in_turn=True)
        seen = []
        for _ in range(40):
            try:
                seen.append(str((await http.get(url, timeout=0.2)).status_code))
            except (httpx.ReadTimeout, httpx.ReadError, httpx.RemoteProtocolError) as error:
                seen.append(type(error).__name__)
        return seen

    first = await forty()
    counts = {"error_rate": 3, "hang": 2, "none": 33, "reset_after_commit": 2}
    assert mocks.counts() == {"events": counts}
    assert [one for one in first if one != "200"] == [
        "503", "ReadTimeout", "ReadError", "503", "ReadTimeout", "ReadError", "503",
    ]  # fmt: skip
    assert await forty() == first
    assert (await http.get(f"{mocks.url}/_control/counts")).json()["events"]["none"] == 66
    mocks.clear_calls()
    assert mocks.counts() == {}


async def test_a_malformed_answer_is_cut_in_half(mocks: RunningMocks, http: httpx.AsyncClient) -> None:
    """Status and type are right, the length fits, and the body does not parse."""
    url = f"{mocks.url}/events/services.json"
    whole = await http.get(url)
    mocks.fault("events", malformed=True)
    half = await http.get(url)
    assert (half.status_code, half.headers["content-type"]) == (200, "application/json")
    assert half.content == whole.content[: len(whole.content) // 2]
    with pytest.raises((json.JSONDecodeError, UnicodeDecodeError)):
        half.json()


async def test_a_hanging_simulator_answers_nobody(mocks: RunningMocks, http: httpx.AsyncClient) -> None:
    """The request is accepted and stays unanswered until the client leaves; others are served meanwhile."""
    mocks.fault("events", hang=True)
    with pytest.raises(httpx.ReadTimeout):
        await http.get(f"{mocks.url}/events/services.json", timeout=0.2)
    assert (await http.get(f"{mocks.url}/parking-city/places")).status_code == 401
    for _ in range(50):
        if mocks.calls("events")[0].ms is not None:
            break
        await asyncio.sleep(0.02)
    (call,) = mocks.calls("events")
    assert (call.status, call.fault) == (None, "hang")
    assert call.ms is not None
    assert call.ms >= 190


def test_a_reset_is_a_real_one_after_the_write(mocks: RunningMocks) -> None:
    """The case is in the ledger, and the socket reports ECONNRESET without a byte of an answer."""
    before = len(mocks.ledger("events"))
    mocks.fault("events", reset_after_commit=True, method="POST")
    body = httpx.Request("POST", "http://x", data=CASE).read()
    head = (
        b"POST /events/requests.json HTTP/1.1\r\nHost: x\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n"
        b"Content-Length: " + str(len(body)).encode() + b"\r\n\r\n"
    )
    address = httpx.URL(mocks.url)
    with socket.create_connection((address.host, address.port or 80), timeout=5) as client:
        client.sendall(head + body)
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    assert len(mocks.ledger("events")) == before + 1
    assert [(call.status, call.fault) for call in mocks.calls("events")] == [(None, "reset_after_commit")]


async def test_without_a_connection_a_reset_is_an_error() -> None:
    """The app alone, with no server beneath it, still shows a reset as a broken connection."""
    transport = httpx.ASGITransport(create_app(World(), only=["events"]))
    async with httpx.AsyncClient(transport=transport, base_url="http://mocks") as client:
        switches = {"reset_after_commit": True}
        assert (await client.put("/_control/faults/events", json=switches)).status_code == 200
        with pytest.raises(ConnectionResetError):
            await client.get("/events/services.json")
        assert (await client.delete("/_control/faults/events")).status_code == 204
        assert (await client.get("/events/services.json")).status_code == 200


def test_running_mocks_stops_with_a_request_hanging() -> None:
    """Leaving the context frees hanging requests at once and ends the thread."""
    with RunningMocks(only=["events"]) as running:
        running.fault("events", hang=True)
        address = httpx.URL(running.url)
        with socket.create_connection((address.host, address.port or 80), timeout=5) as client:
            client.sendall(b"GET /events/services.json HTTP/1.1\r\nHost: x\r\n\r\n")
            while not running.calls("events"):
                time.sleep(0.01)
            began = time.perf_counter()
            running.__exit__(None, None, None)
            assert time.perf_counter() - began < 1.5
            with pytest.raises(ConnectionResetError):
                client.recv(1)
