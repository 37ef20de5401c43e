"""FHIR over HTTP: headers, forms and JSON around a hospital's service."""

from typing import Any, NoReturn

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mocks.asgi import json_response
from mocks.fhir.capability import smart_configuration
from mocks.fhir.outcome import FhirError, outcome
from mocks.fhir.profile import Profile
from mocks.fhir.service import Answer, Ask, Service
from mocks.world import World

MEDIA_TYPE = "application/fhir+json"
_JSON = ("application/fhir+json", "application/json", "text/json", "application/json+fhir")
_FORM = "application/x-www-form-urlencoded"
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def create_app(world: World, profile: Profile) -> Starlette:
    """All that lies below `/fhir` of one hospital."""
    service = Service(world, profile)

    async def fhir(request: Request) -> Response:
        base = f"{request.base_url}fhir"
        path = request.path_params.get("path", "")
        try:
            _accept(request)
            answer = service.answer(await _ask(request, path, base))
        except FhirError as error:
            answer = Answer(error.status, error.outcome)
        return _respond(answer)

    async def smart(request: Request) -> Response:
        return json_response(smart_configuration(f"{request.base_url}fhir"))

    routes = [Route("/fhir", fhir, methods=_METHODS), Route("/fhir/{path:path}", fhir, methods=_METHODS)]
    if profile.auth == "oauth":
        routes.insert(0, Route("/fhir/.well-known/smart-configuration", smart))
    return Starlette(routes=routes)


def refusal(status: int, message: str) -> Response:
    """What a client without valid credentials reads."""
    code = "login" if status == 401 else "forbidden"
    return _respond(Answer(status, outcome("error", code, message)))


async def _ask(request: Request, path: str, base: str) -> Ask:
    pairs = request.query_params.multi_items()
    body: Any = None
    if request.method in ("POST", "PUT"):
        kind = request.headers.get("content-type", "").partition(";")[0].strip()
        if path.endswith("_search"):
            if kind == _FORM:
                form = await request.form()
                pairs += [(name, str(value)) for name, value in form.multi_items()]
            elif await request.body():
                raise FhirError(415, f"_search takes {_FORM}, not {kind}")
        elif kind not in _JSON:
            raise FhirError(415, f"{kind or 'no content type'} is not FHIR JSON")
        else:
            body = _parsed(await request.body())
    method = "GET" if request.method == "HEAD" else request.method
    return Ask(method, path, pairs, base, request.headers, body)


def _parsed(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise FhirError(400, f"the body is not JSON: {error}", "structure") from None


def _accept(request: Request) -> None:
    wanted = request.query_params.get("_format") or request.headers.get("accept", "*/*")
    if not any(known in wanted for known in ("*/*", "application/*", "json")):
        _unacceptable(wanted)


def _unacceptable(wanted: str) -> NoReturn:
    raise FhirError(406, f"only FHIR JSON is served, not {wanted}")


def _respond(answer: Answer) -> Response:
    if answer.body is None:
        return Response(status_code=answer.status, headers=answer.headers)
    return Response(orjson.dumps(answer.body), answer.status, answer.headers, media_type=MEDIA_TYPE)
