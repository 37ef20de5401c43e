"""The routes of the event platform."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice

from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mocks.auth import ApiKey
from mocks.faults import switched
from mocks.open311.acts import Acts
from mocks.open311.formats import RefusedError, Row, document, refusal, rows, wants_json
from mocks.world import World, distance_m
from mocks.world.cases import CLOSED, Case, Step, nearest
from mocks.world.matters import BY_CODE, MATTERS, Attribute, Matter

_JURISDICTION = "longgang"
_WINDOW = timedelta(days=90)
_ROWS = 1_000
_OUTSIDE_M = 8_000


def create_app(world: World, identity: str, key: ApiKey) -> Starlette:
    platform = Platform(world, identity, key)
    acts = Acts(world, identity, key)
    return Starlette(
        routes=[
            Route("/services.{format}", platform.services, methods=["GET"]),
            Route("/services/{code}.{format}", platform.definition, methods=["GET"]),
            Route("/requests.{format}", platform.find, methods=["GET"]),
            Route("/requests.{format}", platform.report, methods=["POST"]),
            Route("/requests/{id}.{format}", platform.one, methods=["GET"]),
            Route("/tokens/{token}.{format}", platform.token, methods=["GET"]),
            Route("/requests/{id}/{act}.{format}", acts.add, methods=["POST"]),
            Route("/acts/{reference}.{format}", acts.find, methods=["GET"]),
            Route("/servicerequestupdates.{format}", platform.updates, methods=["GET"]),
        ],
        exception_handlers={RefusedError: _refused, HTTPException: _http_error},
    )


class Platform:
    """One endpoint each; the world holds the cases, the platform only the tokens it has given out."""

    def __init__(self, world: World, identity: str, key: ApiKey) -> None:
        self._world = world
        self._id = identity
        self._key = key
        self._tokens: dict[str, int] = {}

    async def services(self, request: Request) -> Response:
        self._check(request)
        kind = "batch" if switched(request.scope, "batch") else "realtime"
        return rows(request, "services", "service", [_service(matter, kind) for matter in MATTERS])

    async def definition(self, request: Request) -> Response:
        self._check(request)
        return document(request, "service_definition", _definition(_matter(request.path_params["code"])))

    async def find(self, request: Request) -> Response:
        self._check(request)
        now = self._world.clock.now()
        if wanted := request.query_params.get("service_request_id"):
            cases: Iterable[Case] = self._listed(wanted)
        else:
            start, end = _window(request, now, _WINDOW)
            codes, states = _comma(request, "service_code"), _comma(request, "status")
            if not states <= {"open", "closed"}:
                raise RefusedError(400, "status must be open or closed.")
            cases = (
                case
                for case in self._world.cases.requested(start, end)
                if (not codes or case.matter.code in codes) and (not states or _status(case, now) in states)
            )
        found = [_request(case, now) for case in islice(cases, _ROWS)]
        return rows(request, "service_requests", "request", found)

    async def one(self, request: Request) -> Response:
        self._check(request)
        case = self._case(request.path_params["id"])
        if case is None:
            if wants_json(request):
                raise RefusedError(500, "Internal Server Error")
            raise RefusedError(404, "service_request_id provided was not found.")
        return rows(request, "service_requests", "request", [_request(case, self._world.clock.now())])

    async def token(self, request: Request) -> Response:
        self._check(request)
        token = request.path_params["token"]
        if token not in self._tokens:
            raise RefusedError(404, "token_id provided was not found.")
        found = {"service_request_id": self._tokens[token], "token": token}
        return rows(request, "service_requests", "request", [found])

    async def updates(self, request: Request) -> Response:
        self._check(request)
        now = self._world.clock.now()
        start, end = _window(request, now, timedelta(days=1))
        wanted = _comma(request, "service_request_id")
        if wanted:
            changes = [(c, s) for c in self._listed(",".join(wanted)) for s in c.steps_until(now)[1:]]
            changes = [(case, step) for case, step in changes if start <= step.at <= end]
            changes.sort(key=lambda change: (change[1].at, change[1].id))
        else:
            changes = self._world.cases.changes(start, end)
        found = [_update(case, step) for case, step in changes[:_ROWS]]
        return rows(request, "service_request_updates", "request_update", found)

    async def report(self, request: Request) -> Response:
        wants_json(request)
        kind = request.headers.get("content-type", "").partition(";")[0].strip()
        if kind != "application/x-www-form-urlencoded":
            raise RefusedError(400, "The request must be application/x-www-form-urlencoded.")
        form = await request.form()
        if not self._key.accepts(form.get("api_key") or request.query_params.get("api_key")):
            raise RefusedError(403, "Missing or invalid api_key.")
        self._check(request, form)
        code = _text(form, "service_code")
        if not code:
            raise RefusedError(400, "service_code was not provided.")
        matter = _matter(code)
        position, address = _location(form), _text(form, "address_string")
        if position is None and not (address or _text(form, "address_id")):
            raise RefusedError(400, "lat and long, address_string or address_id is required.")
        description = _text(form, "description")
        if len(description) > 4_000:
            raise RefusedError(400, "description is longer than 4,000 characters.")
        attributes = {a.code: _answer(form, a) for a in matter.attributes}
        case = self._world.cases.report(
            matter, description, address, position, _text(form, "media_url") or None, _text(form, "zipcode")
        )
        given = {
            name: value for name, value in form.multi_items() if isinstance(value, str) and name != "api_key"
        }
        self._world.ledger.record(
            self._id, "request.created", service_request_id=case.id, form=given, attributes=attributes
        )
        answer: Row = {
            "service_request_id": case.id,
            "service_notice": f"将由{case.agency}处理。",
            "account_id": None,
        }
        if switched(request.scope, "batch"):
            token = sha256(f"{self._world.seed}/{case.id}".encode()).hexdigest()[:16]
            self._tokens[token] = case.id
            answer = {"token": token, "service_notice": "", "account_id": None}
        return rows(request, "service_requests", "request", [answer], 201)

    def _check(self, request: Request, form: FormData | None = None) -> None:
        """The format is offered; the jurisdiction is ours and the key good, where there is one."""
        wants_json(request)
        given = request.query_params.get("jurisdiction_id") or (form and form.get("jurisdiction_id"))
        if given not in (None, "", _JURISDICTION):
            raise RefusedError(404, "jurisdiction_id provided was not found.")
        key = request.query_params.get("api_key")
        if key is not None and not self._key.accepts(key):
            raise RefusedError(403, "Invalid api_key.")

    def _case(self, case_id: str) -> Case | None:
        return self._world.cases.get(int(case_id)) if case_id.isascii() and case_id.isdigit() else None

    def _listed(self, wanted: str) -> list[Case]:
        """The cases of a comma list that exist, newest first, each once."""
        found = {case.id: case for part in wanted.split(",") if (case := self._case(part.strip()))}
        return sorted(found.values(), key=lambda case: (case.requested, case.id), reverse=True)


def _service(matter: Matter, kind: str) -> Row:
    return {
        "service_code": matter.code,
        "service_name": matter.name,
        "description": matter.description,
        "metadata": "true" if matter.attributes else "false",
        "type": kind,
        "keywords": ",".join(matter.keywords),
        "group": matter.group,
    }


def _definition(matter: Matter) -> Row:
    return {
        "service_code": matter.code,
        "attributes": [
            {
                "variable": True,
                "code": attribute.code,
                "datatype": attribute.datatype,
                "required": attribute.required,
                "datatype_description": None,
                "order": order,
                "description": attribute.zh,
                "values": [{"key": str(key), "name": name} for key, name in enumerate(attribute.values, 1)],
            }
            for order, attribute in enumerate(matter.attributes, 1)
        ],
    }


def _request(case: Case, now: datetime) -> Row:
    latest = case.latest(now)
    lat, lng = case.position or (0, 0)
    return {
        "service_request_id": case.id,
        "status": _status(case, now),
        "status_notes": latest.state,
        "service_name": case.matter.name,
        "service_code": case.matter.code,
        "description": case.description,
        "agency_responsible": case.agency,
        "service_notice": None,
        "requested_datetime": case.requested.isoformat(),
        "updated_datetime": latest.at.isoformat(),
        "expected_datetime": case.expected.isoformat(),
        "address": case.address,
        "address_id": "",
        "zipcode": case.zipcode,
        "lat": lat,
        "long": lng,
        "media_url": case.media_url or ("" if case.id % 2 == 0 else None),
    }


def _update(case: Case, step: Step) -> Row:
    return {
        "update_id": step.id,
        "service_request_id": case.id,
        "status": "closed" if step.state == CLOSED else "open",
        "updated_datetime": step.at.isoformat(),
        "description": f"{step.state}：{step.note}",
        "media_url": step.media_url or ("" if step.id % 2 == 0 else None),
    }


def _status(case: Case, now: datetime) -> str:
    return "closed" if case.latest(now).state == CLOSED else "open"


def _matter(code: str) -> Matter:
    if code not in BY_CODE:
        raise RefusedError(404, "service_code provided was not found.")
    return BY_CODE[code]


def _comma(request: Request, name: str) -> set[str]:
    return {part.strip() for part in request.query_params.get(name, "").split(",")} - {""}


def _window(request: Request, now: datetime, default: timedelta) -> tuple[datetime, datetime]:
    start, end = _date(request, "start_date"), _date(request, "end_date")
    if start and end and end - start > _WINDOW:
        raise RefusedError(400, "start_date and end_date may not span more than 90 days.")
    if start:
        return start, end or min(start + _WINDOW, now)
    end = end or now
    return end - (_WINDOW if "end_date" in request.query_params else default), end


def _date(request: Request, name: str) -> datetime | None:
    given = request.query_params.get(name)
    if not given:
        return None
    try:
        at = datetime.fromisoformat(given)
    except ValueError:
        raise RefusedError(400, f"{name} is not a W3C date and time.") from None
    if at.tzinfo is None:
        raise RefusedError(400, f"{name} lacks a zone.")
    return at


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def _location(form: FormData) -> tuple[float, float] | None:
    given = _text(form, "lat"), _text(form, "long")
    if given == ("", ""):
        return None
    try:
        lat, lng = float(given[0]), float(given[1])
    except ValueError:
        raise RefusedError(400, "lat and long must both be numbers.") from None
    if not (-90 <= lat <= 90 and -180 <= lng <= 180):
        raise RefusedError(400, "lat or long is out of range.")
    community = nearest((lat, lng))
    if distance_m(lat, lng, community.lat, community.lng) > _OUTSIDE_M:
        raise RefusedError(400, "The position lies outside of Longgang.")
    return lat, lng


def _answer(form: FormData, attribute: Attribute) -> str | list[str]:
    """What was given for an attribute; a choice is given by its key."""
    name = f"attribute[{attribute.code}]"
    given = [
        value
        for value in (*form.getlist(name), *form.getlist(f"{name}[]"))
        if isinstance(value, str) and value
    ]
    if attribute.required and not given:
        raise RefusedError(400, f"{name} is required.")
    keys = {str(key) for key in range(1, len(attribute.values) + 1)}
    if attribute.values and not set(given) <= keys:
        raise RefusedError(400, f"{name} must be among {', '.join(sorted(keys))}.")
    if attribute.datatype == "multivaluelist":
        return given
    return given[0] if given else ""


async def _refused(request: Request, error: Exception) -> Response:
    return refusal(request, error.status if isinstance(error, RefusedError) else 500, str(error))


async def _http_error(request: Request, error: Exception) -> Response:
    return refusal(request, error.status_code if isinstance(error, HTTPException) else 500, str(error))
