"""HL7 FHIR R4 as the five district hospitals serve it: appointments, wards, doctors."""

from mocks.auth import ApiKey, Basic, ClientCredentials, Guard, protect
from mocks.fhir.app import create_app, refusal
from mocks.fhir.profile import PROFILES, Profile
from mocks.simulator import Simulator
from mocks.world import World
from mocks.world.hospitals import PLANS

__all__ = ["simulators"]

_NAMES = {plan.id: plan.name for plan in PLANS}
_OPEN = ("/fhir/metadata", "/fhir/.well-known/")


def simulators(world: World) -> list[Simulator]:
    return [_simulator(world, profile) for profile in PROFILES]


def _simulator(world: World, profile: Profile) -> Simulator:
    guard = _guard(profile)
    app = protect(create_app(world, profile), guard, open_paths=_OPEN, refusal=refusal)
    return Simulator(profile.id, "HL7 FHIR R4", _NAMES[profile.id], app, auth=(guard,))


def _guard(profile: Profile) -> Guard:
    match profile.auth:
        case "oauth":
            return ClientCredentials.of(profile.id, path="/oauth/token")
        case "basic":
            return Basic.of(profile.id)
        case "key":
            return ApiKey.of(profile.id, "X-API-Key")
