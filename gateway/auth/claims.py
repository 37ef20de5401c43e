"""Claims: what a JWT must and may say of a person, each within its bounds (RFC 7519, section 4)."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, NoReturn

import msgspec

from gateway.auth.identity import Identity
from schema.core.errors import Unauthenticated

LEEWAY_S = 30.0
"""By how much an issuer's clock may differ from ours."""
RESIDENT = "resident"
"""The role of a token that names none."""

EXPIRED = "The token has expired; get a new one and send the request again."
EARLY = "The token is not good yet; its issuer's clock may be wrong."
FOREIGN = (
    "The token is not of a sign-on that is trusted here, or was issued for another service; sign in again."
)

_LINE = r"^[^\x00-\x1f\x7f]+\Z"
"""Text without control characters."""

_SourceId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9-]+\Z", max_length=64)]
_Number = Annotated[str, msgspec.Meta(pattern=_LINE, max_length=128)]
_BIRTHDATE = re.compile(r"(\d{4})(?:-(\d{2})-(\d{2}))?")
_CLAIM = re.compile(r"(?:\$\.|required field `)(\w+)")


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """A token's payload. Claims that are not here are no business of ours."""

    iss: str
    sub: Annotated[str, msgspec.Meta(pattern=_LINE, max_length=255)]
    aud: str | list[str]
    exp: float
    nbf: float | None = None
    iat: float | None = None
    role: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_-]*\Z", max_length=32)] = RESIDENT
    # Names that RFC 6749, section 3.3, has, by single spaces.
    scope: Annotated[str, msgspec.Meta(pattern=r"^[\x21\x23-\x5b\x5d-\x7e ]*\Z", max_length=2000)] = ""
    accounts: Annotated[dict[_SourceId, _Number], msgspec.Meta(max_length=32)] = {}
    birthdate: str | None = None


_decoder = msgspec.json.Decoder(Claims)


def read_claims(payload: bytes) -> Claims:
    """Read a payload whose signature is good; Unauthenticated names the claim that is not as it should be."""
    try:
        return _decoder.decode(payload)
    except msgspec.ValidationError as error:
        # Its path and its field are names of ours; a key of `accounts` is not in it.
        found = _CLAIM.search(str(error))
        _malformed(found[1] if found else None)
    except (ValueError, RecursionError):
        _malformed(None)


def identify(claims: Claims, *, issuer: str, audience: str, now: float) -> Identity:
    """Hold claims against what is expected of them, and give whom they name; Unauthenticated says why not."""
    audiences = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    if claims.iss != issuer or audience not in audiences:
        raise Unauthenticated(FOREIGN)
    if max(claims.nbf or now, claims.iat or now) > now + LEEWAY_S:
        raise Unauthenticated(EARLY)
    if claims.exp + LEEWAY_S <= now:
        raise Unauthenticated(EXPIRED)
    return Identity(
        issuer=claims.iss,
        subject=claims.sub,
        expires=claims.exp + LEEWAY_S,
        role=claims.role,
        scopes=frozenset(claims.scope.split()),
        accounts=claims.accounts,
        born=_birthdate(claims.birthdate),
    )


def _birthdate(value: str | None) -> date | None:
    """Read OpenID Connect Core 1.0, section 5.1: the year may be 0000 or stand alone; both are no date."""
    if value is None:
        return None
    found = _BIRTHDATE.fullmatch(value)
    if found is None:
        _malformed("birthdate")
    year, month, day = found.groups()
    if month is None or year == "0000":
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        _malformed("birthdate")


def _malformed(claim: str | None) -> NoReturn:
    what = f"The token's claim `{claim}` is missing or malformed" if claim else "The token holds no claims"
    raise Unauthenticated(f"{what}; see docs/auth.md.") from None
