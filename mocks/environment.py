"""The simulators' credentials as environment variables, for whoever is to call them."""

from mocks.server import discover
from mocks.world import World

_WORDS = {"oauth2-client-credentials": "secret", "basic": "password", "api-key": "key", "token": "token"}


def environment() -> dict[str, str]:
    """`{HOSPITAL_CENTRAL_SECRET: …, LIBRARY_BUJI_PASSWORD: …}`: a variable for each way to authenticate."""
    found = {}
    for simulator in discover(World()):
        for guard in simulator.auth:
            word = _WORDS[guard.kind]
            found[f"{simulator.id.upper().replace('-', '_')}_{word.upper()}"] = f"{word}-of-{simulator.id}"
    return found
