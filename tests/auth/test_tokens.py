"""Tokens: which are good, what they say, and with which sentence each other one is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.auth.identity import Identity
from gateway.auth.keys import read_jwks
from schema.core.errors import Code, Unauthenticated
from tests.auth.issuers import (
    AUDIENCE,
    ISSUER,
    NOW_S,
    SUB,
    Published,
    SigningKey,
    b64,
    claims,
    compact,
    ed25519_key,
    es256_key,
    hs256,
    jwks,
    rsa_key,
    token,
    verifier,
)

ED, EC, RSA, PSS = ed25519_key("ed"), es256_key("ec"), rsa_key("rsa"), rsa_key("pss", "PS256")
KEYS = Published(jwks(ED, EC, RSA, PSS))

EXPIRED = "The token has expired; get a new one and send the request again."
EARLY = "The token is not good yet; its issuer's clock may be wrong."
FOREIGN = (
    "The token is not of a sign-on that is trusted here, or was issued for another service; sign in again."
)
UNREADABLE = "The token cannot be read; send one JWT of the sign-on, whole, as `Authorization: Bearer …`."


async def judge(text: str, keys: Published = KEYS) -> Identity:
    """What the verifier says, at NOW."""
    return await verifier(keys)(text)


async def refused(text: str, keys: Published = KEYS) -> str:
    """The sentence with which a token is refused; it holds nothing of the token."""
    with pytest.raises(Unauthenticated) as caught:
        await judge(text, keys)
    assert caught.value.code is Code.UNAUTHENTICATED
    assert SUB not in caught.value.message
    assert caught.value.__cause__ is None
    return caught.value.message


@pytest.mark.parametrize("key", [ED, EC, RSA, PSS], ids=lambda key: key.alg)
async def test_a_token_of_any_trusted_kind_is_good(key: SigningKey) -> None:
    """Ed25519, ES256, RS256 and PS256, each by the key that `kid` names."""
    assert await judge(token(key)) == Identity(
        issuer=ISSUER, subject=SUB, expires=NOW_S + 630.0, role="resident"
    )


async def test_ed25519_is_known_by_its_old_name() -> None:
    """`EdDSA` in the header, as RFC 8037 has it and most issuers still write."""
    assert (await judge(token(ED, header={"alg": "EdDSA"}))).subject == SUB


async def test_what_a_token_says_is_read() -> None:
    """Role, scopes, accounts and birthdate, among claims that are none of our business."""
    found = await judge(
        token(
            ED,
            role="librarian",
            scope="loans:read  loans:write",
            accounts={"library-central": "B0012345", "volunteers": "志愿者 7"},
            birthdate="1990-01-02",
            aud=["another", AUDIENCE],
            name="李四",
            realm_access={"roles": ["x"]},
        )
    )
    assert found == Identity(
        issuer=ISSUER,
        subject=SUB,
        expires=NOW_S + 630.0,
        role="librarian",
        scopes=frozenset({"loans:read", "loans:write"}),
        accounts={"library-central": "B0012345", "volunteers": "志愿者 7"},
        born=date(1990, 1, 2),
    )


@pytest.mark.parametrize("birthdate", ["1990", "0000-01-02", None])
async def test_half_a_birthdate_is_none(birthdate: str | None) -> None:
    """OpenID Connect lets the year be withheld, or stand alone."""
    assert (await judge(token(ED, birthdate=birthdate))).born is None


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"exp": NOW_S - 30}, EXPIRED),
        ({"exp": 0}, EXPIRED),
        ({"exp": -1e300}, EXPIRED),
        ({"nbf": NOW_S + 31}, EARLY),
        ({"iat": NOW_S + 31}, EARLY),
        ({"iss": "https://sign-on.test/"}, FOREIGN),
        ({"aud": "another"}, FOREIGN),
        ({"aud": []}, FOREIGN),
        ({"aud": ["another", "longgang"]}, FOREIGN),
    ],
)
async def test_a_token_out_of_its_time_or_place_is_refused(more: dict[str, Any], sentence: str) -> None:
    """Expired, not good yet, of another issuer, for another audience."""
    assert await refused(token(ED, **more)) == sentence


@pytest.mark.parametrize("more", [{"exp": NOW_S - 29}, {"nbf": NOW_S + 30}, {"iat": NOW_S + 30}])
async def test_clocks_may_differ_by_half_a_minute(more: dict[str, Any]) -> None:
    """An issuer's clock is not ours."""
    assert (await judge(token(ED, **more))).subject == SUB


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("iss", None),
        ("sub", None),
        ("sub", ""),
        ("sub", 7),
        ("sub", "x" * 256),
        ("sub", "a\nb"),
        ("sub", "li\n"),
        ("aud", None),
        ("aud", 7),
        ("aud", [7]),
        ("exp", None),
        ("exp", "soon"),
        ("exp", True),
        ("exp", 10**400),
        ("nbf", "now"),
        ("iat", []),
        ("role", ""),
        ("role", "Resident"),
        ("role", "x" * 33),
        ("scope", ["a"]),
        ("scope", "a\tb"),
        ("scope", "x" * 2001),
        ("accounts", "library"),
        ("accounts", {"library": 7}),
        ("accounts", {"library": ""}),
        ("accounts", {"library": "x" * 129}),
        ("accounts", {"no such id!": "7"}),
        ("accounts", {f"library-{n}": "7" for n in range(33)}),
        ("birthdate", "2/1/1990"),
        ("birthdate", "1990-02-30"),
        ("birthdate", 1990),
    ],
)
async def test_a_claim_that_is_malformed_is_named(claim: str, value: Any) -> None:
    """The sentence has the claim's name and nothing of its value."""
    sentence = f"The token's claim `{claim}` is missing or malformed; see docs/auth.md."
    assert await refused(token(ED, **{claim: value})) == sentence


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b"[]",
        b'"x"',
        b"{",
        b"\xff",
        b'{"sub": "\xff"}',
        b'{"exp": NaN}',
        b'{"x": ' + b"[" * 3000,
    ],
)
async def test_a_payload_that_is_no_object_is_refused(payload: bytes) -> None:
    """Signed well, and no claims."""
    assert await refused(compact({"alg": "Ed25519", "kid": "ed"}, payload, ED.sign)) in {
        "The token holds no claims; see docs/auth.md.",
        "The token's claim `iss` is missing or malformed; see docs/auth.md.",
    }


async def test_an_unknown_key_is_refused() -> None:
    """A `kid` that the issuer does not publish, however well the token is signed."""
    assert await refused(token(ED, header={"kid": "other"})) == FOREIGN


async def test_without_a_kid_the_only_key_is_meant() -> None:
    """And none where there are several (RFC 7515, section 4.1.4)."""
    header = {"alg": "Ed25519"}
    text = compact(header, claims(), ED.sign)
    assert await refused(text) == FOREIGN
    assert (await judge(text, Published(jwks(ED)))).subject == SUB


@pytest.mark.parametrize(
    "make",
    [
        lambda: compact({"alg": "none", "kid": "ed"}, claims(), lambda _: b""),
        lambda: compact({"alg": "None", "kid": "ed"}, claims(), lambda _: b""),
        lambda: compact({"alg": "HS256", "kid": "ed"}, claims(), hs256(ED.public)),
        lambda: compact({"alg": "HS256", "kid": "rsa"}, claims(), hs256(RSA.public)),
        lambda: compact({"alg": "HS256", "kid": "ec"}, claims(), hs256(EC.public)),
        lambda: token(RSA, header={"alg": "RS512"}),
        lambda: token(RSA, header={"alg": "ES256"}),
        lambda: token(RSA, header={"alg": "PS256"}),
        lambda: token(ED, header={"kid": "rsa"}),
        lambda: token(ED, header={"crit": ["exp"]}),
        lambda: token(ED, header={"crit": ["b64"], "b64": True}),
        lambda: token(ED, header={"b64": False}),
        lambda: token(ED, header={"crit": None}),
        lambda: token(ED, header={"b64": None}),
        lambda: token(ed25519_key("ed")),
        lambda: token(ed25519_key("ed"), header={"jwk": ED.jwk, "jku": "https://evil.test/jwks"}),
        lambda: token(es256_key("ec")),
    ],
    ids=[
        "none",
        "None",
        "HS256 with the Ed25519 key",
        "HS256 with the RSA key",
        "HS256 with the EC key",
        "RS512",
        "an RSA key for ES256",
        "PKCS #1 for PSS",
        "another key's name",
        "crit",
        "crit b64",
        "b64",
        "crit null",
        "b64 null",
        "a stranger's key",
        "a stranger's key, brought along",
        "a stranger's curve",
    ],
)
async def test_a_signature_that_is_not_the_issuers_is_refused(make: Callable[[], str]) -> None:
    """No algorithm of the token's own choice, no key that it brings along, no shared secret."""
    assert await refused(make()) == FOREIGN


@pytest.mark.parametrize("key", [ED, EC, RSA, PSS], ids=lambda key: key.alg)
async def test_a_token_that_was_changed_is_refused(key: SigningKey) -> None:
    """Header, payload and signature, each by one bit or cut short."""
    good = token(key)
    head, payload, signature = good.split(".")
    other = b64(json.dumps(claims(role="mayor")).encode())
    flipped = ("B" if signature[0] == "A" else "A") + signature[1:]
    for changed in (
        f"{head}.{other}.{signature}",
        f"{head}.{payload}.{flipped}",
        f"{head}.{payload}.{signature[:-8]}",
        f"{head}.{payload}.",
        f"{head}.{payload}.{signature}AAAA",
        f"{head}.{payload[:-1]}.{signature}",
        f"{b64(json.dumps({'alg': key.alg, 'kid': key.kid, 'typ': 'x'}).encode())}.{payload}.{signature}",
    ):
        assert await refused(changed) == FOREIGN


@pytest.mark.parametrize(
    "text",
    [
        "x",
        ".",
        "..",
        "a.b.c",
        "a.b.c.d.e",
        f"{b64(b'[]')}.e30.AA",
        f"{b64(b'null')}.e30.AA",
        f"{b64(b'{}')}.e30.AA",
        f"{b64(json.dumps('alg').encode())}.e30.AA",
        f"{b64(json.dumps({'alg': 7}).encode())}.e30.AA",
        f"{b64(json.dumps({'alg': 'Ed25519', 'kid': 7}).encode())}.e30.AA",
        f"{b64(b'[' * 3000)}.e30.AA",
        f"{b64(bytes([255]))}.e30.AA",
        "e30=.e30.AA",
    ],
)
async def test_what_is_no_jwt_is_refused(text: str) -> None:
    """Two points, and a header that is an object."""
    assert await refused(text) == UNREADABLE


@pytest.mark.parametrize(
    "extra",
    [{"typ": 7}, {"cty": []}, {"x5c": 7}, {"jku": 7}, {"x": "y" * 2000}],
)
async def test_an_absurd_header_is_refused(extra: dict[str, Any]) -> None:
    """However well it is signed."""
    assert await refused(token(ED, header=extra)) == FOREIGN


async def test_what_a_header_says_beyond_is_ignored() -> None:
    """A type of its own, and members that RFC 7515 does not have (section 4)."""
    assert (await judge(token(ED, header={"typ": "at+jwt", "nonce": "x", "jwk": EC.jwk}))).subject == SUB


# Which published keys are taken


def edited(key: SigningKey, **members: Any) -> bytes:
    """A set of one key, with other members."""
    return json.dumps({"keys": [{**key.jwk, **members}]}).encode()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{}",
        b'{"keys": {}}',
        b'{"keys": []}',
        b'{"keys": [7, null, "x", [], {}]}',
        b'{"keys": [{"kty": "oct", "k": "AAAA", "kid": "ed"}]}',
        b'{"keys": ' + b"[" * 3000,
        edited(ED, use="enc"),
        edited(ED, key_ops=["sign"]),
        edited(ED, alg="ES256"),
        edited(ED, crv="Ed448"),
        edited(ED, crv="X25519"),
        edited(ED, x="AAAA"),
        edited(ED, x="!"),
        edited(ED, x=7),
        edited(EC, x=EC.jwk["y"]),
        edited(RSA, alg="RS512"),
        edited(RSA, n=""),
        edited(RSA, e="AA"),
        jwks(es256_key("ec", ec.SECP384R1())),
        jwks(rsa_key("rsa", bits=1024)),
        edited(rsa_key("rsa", bits=1024), n="A" * 200 + rsa_key("rsa", bits=1024).jwk["n"]),
    ],
)
def test_a_set_without_a_key_of_ours_is_none(text: bytes) -> None:
    """Secrets, other curves, short keys, keys for something else, and what is no key; nothing is quoted."""
    with pytest.raises(ValueError, match=r"^no (JWK Set|key that can be used)$"):
        read_jwks(text)


async def test_keys_that_are_not_understood_leave_the_others_alone() -> None:
    """RFC 7517, section 5; and a private key that was published by mistake is a public one to us."""
    keys = Published(
        json.dumps(
            {
                "keys": [
                    {"kty": "AKP", "kid": "pq"},
                    7,
                    {"kty": "oct", "k": "AA", "kid": "ed"},
                    {**ED.jwk, "d": "x"},
                ]
            }
        ).encode()
    )
    assert (await judge(token(ED), keys)).subject == SUB


async def test_a_key_signs_only_what_it_is_published_for() -> None:
    """`alg` of a key, by either name of Ed25519."""
    for alg in ("Ed25519", "EdDSA"):
        assert (await judge(token(ED), Published(edited(ED, alg=alg)))).subject == SUB
    only_pss = Published(edited(PSS, alg="PS256"))
    assert (await judge(token(PSS), only_pss)).subject == SUB
    assert await refused(token(RSA, header={"kid": "pss"}), only_pss) == FOREIGN
