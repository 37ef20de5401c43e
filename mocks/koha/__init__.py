"""Koha with DAIA and PAIA as the three libraries serve them: catalogue, availability, readers' accounts."""

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from mocks.asgi import route_path
from mocks.auth import Basic, ClientCredentials, Guard, protect
from mocks.koha import api, paia
from mocks.koha.counter import Counter
from mocks.koha.daia import Daia
from mocks.koha.paia import Paia
from mocks.koha.shelves import Shelves
from mocks.koha.site import SITES, Site
from mocks.koha.system import System
from mocks.simulator import Simulator
from mocks.world import World
from mocks.world.libraries import PLANS

__all__ = ["simulators"]

_NAMES = {plan.id: plan.name for plan in PLANS}


def simulators(world: World) -> list[Simulator]:
    return [_simulator(world, site) for site in SITES]


def _simulator(world: World, site: Site) -> Simulator:
    system = System(world, site)
    path = "/api/v1/oauth/token" if site.oauth else "/paia/auth/token"
    oauth = ClientCredentials.of(site.id, path=path)
    guards: tuple[Guard, ...] = (oauth,) if site.oauth else (oauth, Basic.of(site.id))
    rest = Starlette(
        routes=[*Shelves(system).routes(), *Counter(system).routes()],
        exception_handlers={404: api.unknown_path, 405: api.unknown_path},
    )
    accounts = Starlette(
        routes=Paia(system).routes(), exception_handlers={404: paia.unknown_path, 405: paia.unknown_path}
    )
    app = _split(
        protect(rest, guards[-1], open_paths=("/api/v1/public/",), refusal=api.refusal),
        protect(accounts, oauth, refusal=paia.refusal),
        Starlette(routes=Daia(system).routes()),
    )
    return Simulator(site.id, "Koha REST, DAIA and PAIA", _NAMES[site.id], app, auth=guards)


def _split(rest: ASGIApp, accounts: ASGIApp, availability: ASGIApp) -> ASGIApp:
    """Three interfaces with a way in of their own each, told apart by path."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path = route_path(scope)
        if path.startswith("/paia/"):
            await accounts(scope, receive, send)
        elif path.startswith("/api/"):
            await rest(scope, receive, send)
        else:
            await availability(scope, receive, send)

    return app
