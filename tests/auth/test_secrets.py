"""Secrets on disk: made once by however many processes, kept from others; and what is made of them."""

from __future__ import annotations

import hmac
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from gateway.auth.development import DevelopmentIssuer
from gateway.auth.keyfile import read_or_make
from gateway.auth.pseudonyms import Pseudonyms
from gateway.settings import Settings
from gateway.sources import ConfigurationError
from tests.conftest import ROOT

KEY = "0123456789abcdef0123456789abcdef"


def test_a_pseudonym_is_a_keyed_hash() -> None:
    """HMAC-SHA256 of issuer and subject, written out here once more."""
    pseudonyms = Pseudonyms(KEY.encode())
    expected = hmac.new(KEY.encode(), b"resident:https://sign-on.test:li", "sha256").hexdigest()
    assert pseudonyms.resident("https://sign-on.test", "li") == expected
    assert len(expected) == 64


def test_pseudonyms_differ_by_person_issuer_source_and_key() -> None:
    """And are the same each time; at a source they have 32 digits."""
    one, other = Pseudonyms(KEY.encode()), Pseudonyms(KEY.upper().encode())
    resident = one.resident("a", "li")
    assert len({resident, one.resident("b", "li"), one.resident("a", "wu"), other.resident("a", "li")}) == 4
    at = [one.at("library", resident), one.at("hospital", resident), other.at("library", resident)]
    assert len(set(at)) == 3
    assert at[0] == one.at("library", resident)
    assert {len(pseudonym) for pseudonym in at} == {32}
    assert not resident.startswith(at[0])


def test_the_key_is_made_at_first_use_and_kept(tmp_path: Path) -> None:
    """For nobody else to read; put into the setting, it is the same key."""
    settings = Settings(state_dir=tmp_path / "deep" / "state")
    first = Pseudonyms.open(settings)
    path = tmp_path / "deep" / "state" / "pseudonym.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["pseudonym.key"]
    text = path.read_text().strip()
    assert len(text) == 64
    given = Settings(state_dir=tmp_path / "other", pseudonym_key=SecretStr(text))
    for again in (Pseudonyms.open(settings), Pseudonyms.open(given)):
        assert again.resident("a", "li") == first.resident("a", "li")
    assert not (tmp_path / "other").exists()


AGREE = """
import os, sys
from pathlib import Path
from gateway.auth.development import DevelopmentIssuer
from gateway.auth.pseudonyms import Pseudonyms
from gateway.settings import Settings

settings = Settings(state_dir=Path(sys.argv[1]))
ready, go = os.pipe()
children = []
for _ in range(8):
    if not (child := os.fork()):
        os.close(go)
        os.read(ready, 1)  # until the parent has closed its end, for all at once
        resident = Pseudonyms.open(settings).resident("a", "li")
        os.write(1, f"{resident} {DevelopmentIssuer.open(settings)._key.thumbprint()}\\n".encode())
        os._exit(0)
    children.append(child)
os.close(go)
assert all(os.waitpid(child, 0)[1] == 0 for child in children)
"""


def test_many_processes_agree_on_one_key(tmp_path: Path) -> None:
    """Eight that start at the same moment have one pseudonym for a person and trust one issuer."""
    done = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-c", AGREE, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    told = done.stdout.splitlines()
    assert (len(told), len(set(told)), done.stderr) == (8, 1, "")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["issuer.jwk", "pseudonym.key"]


def test_whoever_loses_the_race_takes_the_winners_key(tmp_path: Path) -> None:
    """Its own is gone again."""
    path = tmp_path / "x.key"

    def make() -> bytes:
        read_or_make(path, lambda: b"winner")
        return b"loser"

    assert read_or_make(path, make) == b"winner"
    assert [file.name for file in tmp_path.iterdir()] == ["x.key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_that_others_can_read_stops_the_start(tmp_path: Path, mode: int) -> None:
    """The sentence names the file and what to do."""
    read_or_make(tmp_path / "x.key", lambda: b"x")
    (tmp_path / "x.key").chmod(mode)
    with pytest.raises(ConfigurationError, match=r"x\.key can be read by others; `chmod 600` it"):
        read_or_make(tmp_path / "x.key", lambda: b"y")


def test_a_directory_that_cannot_hold_keys_stops_the_start(tmp_path: Path) -> None:
    """Here because a file stands in its place."""
    (tmp_path / "state").write_text("")
    with pytest.raises(
        ConfigurationError, match=r"^GATEWAY_STATE_DIR: .*pseudonym\.key cannot be kept there"
    ):
        Pseudonyms.open(Settings(state_dir=tmp_path / "state"))


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b'{"kty":"oct","k":"AAAA"}', b'{"kty":"OKP","d":"!"}']
)
def test_a_spoilt_key_stops_the_start_and_is_not_quoted(tmp_path: Path, content: bytes) -> None:
    """It is not replaced: whoever did that would lose whose records are whose."""
    for name in ("issuer.jwk", "pseudonym.key"):
        (tmp_path / name).write_bytes(content)
        (tmp_path / name).chmod(0o600)
    settings = Settings(state_dir=tmp_path)
    for opened, name in ((DevelopmentIssuer, "issuer.jwk"), (Pseudonyms, "pseudonym.key")):
        with pytest.raises(ConfigurationError) as caught:
            opened.open(settings)
        assert str(caught.value) == f"GATEWAY_STATE_DIR: {tmp_path / name} does not hold a key."
        assert caught.value.__cause__ is None


def test_a_short_secret_is_refused_and_not_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was meant as a secret may be one elsewhere."""
    monkeypatch.setenv("GATEWAY_PSEUDONYM_KEY", "hunter2")
    with pytest.raises(ConfigurationError) as caught:
        Settings.load()
    sentence = "GATEWAY_PSEUDONYM_KEY will not do: Value error, a key has at least 32 characters."
    assert str(caught.value) == sentence


def test_settings_do_not_show_the_secret() -> None:
    """Wherever they are printed."""
    assert KEY not in repr(Settings(pseudonym_key=SecretStr(KEY)))
