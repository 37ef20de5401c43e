"""`python -m bench.auth`: what it costs to know who asks, in microseconds of one core, the best of many."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import msgspec
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from starlette.types import Message

from bench.gateway import Held, bound
from bench.lots import Lots
from gateway.auth.bearer import Bearer
from gateway.auth.jwt import JwtVerifier
from gateway.auth.keys import TrustedKeys, read_jwks
from gateway.auth.pseudonyms import Pseudonyms
from gateway.endpoint import GraphQLEndpoint
from schema.core.scalars import CHINA
from schema.root import build_schema

ROUNDS, CALLS = 50, 200
ISSUER, AUDIENCE = "https://sign-on.test", "bench"
PUBLIC = b'{"query":"{ subdistricts { code } }"}'
PERSONAL = b'{"query":"{ me { role } }"}'


class Published:
    """Keys that are just there (gateway.auth.keys.KeySource)."""

    def __init__(self, keys: TrustedKeys) -> None:
        self._keys = keys

    async def find(self, kid: str | None, algorithm: str) -> Key | None:
        """Look among them."""
        return self._keys.find(kid, algorithm)


def _now() -> datetime:
    return datetime.now(CHINA)


def _keys() -> Mapping[str, Key]:
    return {
        "Ed25519": OKPKey.generate_key("Ed25519", auto_kid=True),
        "ES256": ECKey.generate_key("P-256", auto_kid=True),
        "RS256": RSAKey.generate_key(2048, auto_kid=True),
        "PS256": RSAKey.generate_key(2048, auto_kid=True),
    }


def _sign(algorithm: str, key: Key) -> str:
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "li",
        "iat": int(time.time()),
        "exp": int(time.time()) + 3600,
        "role": "resident",
        "scope": "bookings:read bookings:write",
        "accounts": {"library-district": "B0012345"},
    }
    return jwt.encode({"alg": algorithm, "kid": key.kid}, claims, key, algorithms=[algorithm])


async def _best_us(work: Callable[[], Awaitable[object]]) -> float:
    await work()
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(CALLS):
            await work()
        best = min(best, (time.perf_counter() - started) / CALLS)
    return best * 1e6


async def _post(endpoint: GraphQLEndpoint, body: bytes, authorization: bytes | None) -> None:
    headers = [(b"host", b"x"), (b"accept", b"application/json"), (b"content-type", b"application/json")]
    if authorization is not None:
        headers.append((b"authorization", authorization))
    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": headers}

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        assert message.get("status", 200) == 200

    await endpoint(scope, receive, send)


async def measure() -> dict[str, float]:
    """Take each in turn."""
    keys = _keys()
    jwks: Any = {"keys": [key.as_dict(private=False) for key in keys.values()]}
    published = Published(read_jwks(msgspec.json.encode(jwks)))
    verify = JwtVerifier(published, issuer=ISSUER, audience=AUDIENCE, now=_now)
    bearer = Bearer(verify, Pseudonyms(b"k" * 32), _now)
    tokens = {algorithm: _sign(algorithm, key) for algorithm, key in keys.items()}
    figures = {
        f"judging a token, {algorithm}": await _best_us(partial(verify, token))
        for algorithm, token in tokens.items()
    }
    header = f"Bearer {tokens['Ed25519']}".encode()
    figures["a token that comes again"] = await _best_us(partial(bearer, header))
    held = Held(build_schema(), [bound(Lots, "lots")])
    endpoint = GraphQLEndpoint(held.engine, who=bearer)
    async with held.open():
        for name, body, authorization in (
            ("a public question without a token", PUBLIC, None),
            ("the same with one that comes again", PUBLIC, header),
            ("`me` with one that comes again", PERSONAL, header),
        ):
            figures[name] = await _best_us(partial(_post, endpoint, body, authorization))
    return figures


if __name__ == "__main__":
    for line, microseconds in asyncio.run(measure()).items():
        print(f"| {line} | {microseconds:.1f} |")
