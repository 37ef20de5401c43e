"""Bearer: the Authorization header, what of it is remembered and for how long, and what is refused."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from gateway.auth.bearer import Bearer
from gateway.auth.identity import Identity, SignOnUnavailable
from gateway.auth.pseudonyms import Pseudonyms
from gateway.http.errors import HttpError
from schema.core.errors import Code, Unauthenticated
from schema.core.viewer import Viewer
from tests.conftest import NOW

PSEUDONYMS = Pseudonyms(b"k" * 32)
UNREADABLE = "The token cannot be read; send one JWT of the sign-on, whole, as `Authorization: Bearer …`."


class SignOn:
    """Takes every token, whose text is the person's name, for ten minutes; counts what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.now = NOW
        self.failure: Exception | None = None

    async def verify(self, token: str) -> Identity:
        """Judge a token."""
        self.asked.append(token)
        if self.failure is not None:
            raise self.failure
        return Identity(
            issuer="i",
            subject=token,
            expires=(NOW + timedelta(minutes=10)).timestamp(),
            role="resident",
            accounts={"library": token},
        )

    def clock(self) -> datetime:
        """The instant."""
        return self.now

    def bearer(self, remembered: int = 10) -> Bearer:
        """What tells who asks."""
        return Bearer(self.verify, PSEUDONYMS, self.clock, remembered)


async def refused(bearer: Bearer, value: bytes) -> HttpError:
    """The error with which a header is refused."""
    with pytest.raises(HttpError) as caught:
        await bearer(value)
    return caught.value


@pytest.mark.parametrize("value", [b"Bearer li", b"bearer li", b"BEARER   li"])
async def test_a_good_token_gives_its_viewer(value: bytes) -> None:
    """The scheme in any case (RFC 9110, 11.1); the subject as its pseudonym, and nowhere else."""
    viewer = await SignOn().bearer()(value)
    assert viewer == Viewer(
        resident=PSEUDONYMS.resident("i", "li"), role="resident", accounts={"library": "li"}
    )


async def test_a_token_that_comes_again_is_not_judged_again() -> None:
    """For five minutes at most, so that a key that was withdrawn counts no longer."""
    sign_on = SignOn()
    bearer = sign_on.bearer()
    first = await bearer(b"Bearer li")
    sign_on.now += timedelta(seconds=299)
    assert await bearer(b"Bearer li") is first
    assert sign_on.asked == ["li"]
    sign_on.now += timedelta(seconds=1)
    assert await bearer(b"Bearer li") == first
    assert sign_on.asked == ["li", "li"]


async def test_a_token_is_not_remembered_beyond_its_time() -> None:
    """What expires sooner is judged at that instant."""
    sign_on = SignOn()
    bearer = sign_on.bearer()
    sign_on.now += timedelta(minutes=8)
    await bearer(b"Bearer li")
    sign_on.now += timedelta(minutes=2)
    sign_on.failure = Unauthenticated("expired")
    assert (await refused(bearer, b"Bearer li")).message == "expired"


async def test_the_memory_is_bounded() -> None:
    """Who has not asked for longest is forgotten first."""
    sign_on = SignOn()
    bearer = sign_on.bearer(remembered=2)
    for name in (b"a", b"b", b"a", b"c", b"a", b"b"):
        await bearer(b"Bearer " + name)
    assert sign_on.asked == ["a", "b", "c", "b"]
    assert len(bearer._known) == 2


async def test_what_was_refused_is_judged_each_time() -> None:
    """Nobody can fill the memory with rubbish."""
    sign_on = SignOn()
    sign_on.failure = Unauthenticated("no")
    bearer = sign_on.bearer()
    for _ in range(3):
        await refused(bearer, b"Bearer li")
    assert sign_on.asked == ["li"] * 3
    assert len(bearer._known) == 0


async def test_a_refusal_is_a_401_with_a_challenge() -> None:
    """RFC 6750, section 3, with the verifier's sentence."""
    sign_on = SignOn()
    sign_on.failure = Unauthenticated("The token has expired.")
    error = await refused(sign_on.bearer(), b"Bearer li")
    assert (error.status, error.code, error.message) == (401, Code.UNAUTHENTICATED, "The token has expired.")
    assert error.headers == {b"www-authenticate": b'Bearer error="invalid_token"'}
    assert error.__cause__ is None


async def test_where_nobody_can_tell_it_is_503() -> None:
    """Not the token's fault: it need not be thrown away."""
    sign_on = SignOn()
    sign_on.failure = SignOnUnavailable()
    error = await refused(sign_on.bearer(), b"Bearer li")
    assert (error.status, error.code, error.headers) == (
        503,
        Code.SIGN_ON_UNAVAILABLE,
        {b"retry-after": b"10"},
    )


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"Bearer",
        b"Bearer ",
        b"li",
        b"Basic bGk6eA==",
        b"Token li",
        b"Bearer: li",
        b"Bearer li li",
        b"Bearer li, Bearer li",
        b"Bearer li,li",
        b"Bearer\tli",
        b"Bearer =",
        b"Bearer l\xc3\xad",
        b"Bearer " + b"x" * 8186,
    ],
)
async def test_another_header_is_refused_before_it_is_judged(value: bytes) -> None:
    """Another scheme, two tokens, two headers (which come joined), what is no token, what is too long."""
    sign_on = SignOn()
    error = await refused(sign_on.bearer(), value)
    assert (error.status, error.code, error.message) == (401, Code.UNAUTHENTICATED, UNREADABLE)
    assert error.headers == {b"www-authenticate": b'Bearer error="invalid_token"'}
    assert sign_on.asked == []
