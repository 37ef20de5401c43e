"""One hospital's FHIR server as functions: a request in, an answer out, no HTTP framework in between."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from mocks.fhir.booking import Desk, etag, version
from mocks.fhir.bundles import PAGE, Pages
from mocks.fhir.capability import capability
from mocks.fhir.datatypes import Resource
from mocks.fhir.outcome import FhirError, outcome
from mocks.fhir.parameters import PARAMETERS
from mocks.fhir.profile import Profile
from mocks.fhir.search import Pairs, search
from mocks.fhir.store import Store

if TYPE_CHECKING:
    from mocks.world import World

_REASONS = {200: "OK", 201: "Created", 304: "Not Modified"}


@dataclass(frozen=True, slots=True)
class Ask:
    """A request: `path` is what follows the base, `headers` have lower-case names."""

    method: str
    path: str
    pairs: Pairs
    base: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Resource | None
    headers: dict[str, str] = field(default_factory=dict)


class Service:
    """Built when the first request comes, for the world is read no sooner."""

    def __init__(self, world: "World", profile: Profile) -> None:
        self._world = world
        self._profile = profile
        self._pages = Pages(profile)

    @cached_property
    def _store(self) -> Store:
        return Store(self._world, self._profile.id, self._profile.utc)

    @cached_property
    def _desk(self) -> Desk:
        return Desk(self._world, self._profile, self._store)

    def answer(self, ask: Ask) -> Answer:
        """Every failure is an OperationOutcome."""
        try:
            return self._route(ask)
        except FhirError as error:
            return Answer(error.status, error.outcome)

    def _route(self, ask: Ask) -> Answer:
        parts = [part for part in ask.path.split("/") if part]
        if parts == ["metadata"] and ask.method == "GET":
            return Answer(200, capability(self._profile, self._world.clock.now(), ask.base))
        self._store.keep_up()
        if (token := dict(ask.pairs).get(PAGE)) is not None and ask.method == "GET" and len(parts) <= 1:
            return Answer(200, self._pages.bundle(self._store, self._pages.resume(token), ask.base))
        match ask.method, parts:
            case "POST", []:
                return self._batch(ask)
            case _, [kind, *_] if kind not in PARAMETERS:
                raise FhirError(404, f"{kind} is not a resource type of this server", "not-supported")
            case ("GET", [kind]) | ("POST", [kind, "_search"]):
                return self._search(ask, kind)
            case "GET", [kind, key]:
                return self._read(ask, kind, key)
            case "POST", ["Appointment"]:
                return self._create(ask)
            case "PUT", [("Appointment" | "Slot") as kind, key]:
                body = _resource(ask.body, kind)
                return _written(ask, self._desk.update(kind, key, body, ask.headers.get("if-match")), 200)
            case _:
                raise FhirError(405, f"{ask.method} /{ask.path} is not supported")

    def _search(self, ask: Ask, kind: str) -> Answer:
        strict = "handling=strict" in ask.headers.get("prefer", "")
        result = search(self._store, self._profile, kind, ask.pairs, ask.base, strict)
        return Answer(200, self._pages.bundle(self._store, result, ask.base))

    def _read(self, ask: Ask, kind: str, key: str) -> Answer:
        found = self._store.read(kind, key)
        headers = {"etag": etag(found)}
        if ask.headers.get("if-none-match") == headers["etag"]:
            return Answer(304, None, headers)
        return Answer(200, found, headers)

    def _create(self, ask: Ask) -> Answer:
        body = _resource(ask.body, "Appointment")
        condition = ask.headers.get("if-none-exist")
        if condition is not None and self._profile.conditional:
            pairs = parse_qsl(condition.partition("?")[2] or condition)
            if not pairs:
                raise FhirError(400, f"If-None-Exist: {condition} holds no search")
            ids = search(self._store, self._profile, "Appointment", pairs, ask.base, strict=True).ids
            if len(ids) > 1:
                raise FhirError(
                    412, f"If-None-Exist: {condition} matches {len(ids)} appointments", "multiple-matches"
                )
            if ids:
                return _written(ask, self._store.read("Appointment", ids[0]), 200)
        return _written(ask, self._desk.create(body), 201)

    def _batch(self, ask: Ask) -> Answer:
        body = _resource(ask.body, "Bundle")
        if body.get("type") != "batch":
            raise FhirError(
                422, f"a Bundle of type {body.get('type')} is not carried out here", "not-supported"
            )
        entries = [self._entry(ask, entry) for entry in body.get("entry", [])]
        found: Resource = {"resourceType": "Bundle", "type": "batch-response"}
        return Answer(200, found | ({"entry": entries} if entries else {}))

    def _entry(self, ask: Ask, entry: dict[str, Any]) -> dict[str, Any]:
        request = entry.get("request", {})
        url = urlsplit(str(request.get("url", "")).removeprefix(f"{ask.base}/"))
        names = {"ifMatch": "if-match", "ifNoneMatch": "if-none-match", "ifNoneExist": "if-none-exist"}
        headers = {header: str(request[name]) for name, header in names.items() if name in request}
        pairs = parse_qsl(url.query, keep_blank_values=True)
        if not url.path.strip("/"):  # a batch within a batch
            answer = Answer(400, outcome("error", "invalid", f"{request.get('url')} is no entry of a batch"))
        else:
            answer = self.answer(
                Ask(str(request.get("method")), url.path, pairs, ask.base, headers, entry.get("resource"))
            )
        return self._response(answer)

    def _response(self, answer: Answer) -> dict[str, Any]:
        response: dict[str, Any] = {
            "status": f"{answer.status} {_REASONS[answer.status]}"
            if answer.status in _REASONS
            else str(answer.status)
        }
        for name in ("location", "etag"):
            if name in answer.headers:
                response[name] = answer.headers[name]
        if answer.body is None:
            return {"response": response}
        if answer.body["resourceType"] == "OperationOutcome" and self._profile.gap == "outcome":
            return {"response": response | {"outcome": answer.body}}
        if answer.body["resourceType"] != "Bundle" and "meta" in answer.body:
            response["lastModified"] = answer.body["meta"]["lastUpdated"]
        return {"resource": answer.body, "response": response}


def _resource(body: Any, kind: str) -> Resource:
    if not isinstance(body, dict):
        raise FhirError(400, "a JSON object is expected", "structure")
    if body.get("resourceType") != kind:
        raise FhirError(400, f"a {kind} is expected, not a {body.get('resourceType')}", "structure")
    return body


def _written(ask: Ask, stored: Resource, status: int) -> Answer:
    place = f"{ask.base}/{stored['resourceType']}/{stored['id']}/_history/{version(stored)}"
    headers = {"etag": etag(stored), "location": place}
    preference = ask.headers.get("prefer", "")
    if "return=minimal" in preference:
        return Answer(status, None, headers)
    if "return=OperationOutcome" in preference:
        return Answer(status, outcome("information", "informational", "done"), headers)
    return Answer(status, stored, headers)
