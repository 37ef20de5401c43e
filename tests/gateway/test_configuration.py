"""Settings and sources: what cannot work stops the start with a sentence that names it."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from gateway.app import create_app
from gateway.composition import bind
from gateway.settings import Settings
from gateway.sources import ConfigurationError, Limits, SourceConfig, read_sources
from mocks.environment import environment

SOURCE = '[[source]]\nid = "a"\nname = "A"\nconnector = "open311"\nurl = "http://a.test"\n'

API_KEY = 'credential = { kind = "api_key", secret_env = "X", header = "X-Key" }\n'
OAUTH = (
    'credential = { kind = "oauth2", token_url = "http://a.test/token", client_id = "c", secret_env = "X" }\n'
)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORT", "many", "PORT='many' will not do: Input should be a valid integer"),
        ("PORT", "70000", "PORT='70000' will not do: Input should be less than or equal to 65535"),
        ("GATEWAY_LOG_LEVEL", "loud", "GATEWAY_LOG_LEVEL='loud' will not do: Input should be 'debug'"),
        ("GATEWAY_MAX_DEPHT", "9", "GATEWAY_MAX_DEPHT is not a setting; did you mean GATEWAY_MAX_DEPTH?"),
        ("GATEWAY_FROBNICATE", "1", "GATEWAY_FROBNICATE is not a setting."),
    ],
)
def test_a_bad_or_unknown_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    """The sentence begins with the variable's own name."""
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as caught:
        Settings.load()
    assert str(caught.value).startswith(sentence)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every setting is read under its name; other variables are none of our business."""
    monkeypatch.setenv("HOST", "0.0.0.0")  # noqa: S104  # read, never listened on
    monkeypatch.setenv("GATEWAY_REQUEST_TIMEOUT_MS", "500")
    monkeypatch.setenv("UNRELATED", "1")
    monkeypatch.setenv("port", "9")
    settings = Settings.load()
    assert (settings.host, settings.request_timeout_ms, settings.port) == ("0.0.0.0", 500, 8000)  # noqa: S104


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[[source]\n", "is not TOML"),
        ("", "names no source"),
        ("colour = 1\n" + SOURCE, "holds [[source]] tables and nothing else"),
        (SOURCE + SOURCE, "two sources have the id 'a'"),
        (SOURCE.replace('"a"', '"a b"'), "source 'a b': an id has letters, digits and hyphens only"),
        (SOURCE + "colour = 1\n", "source 'a': Object contains unknown field `colour`"),
        (SOURCE.replace("http://a.test", "ftp://a.test"), "url 'ftp://a.test' is not an http(s) address"),
        (SOURCE.replace("http://a.test", "http://u:geheim@a.test"), "url holds a user or an `@`"),
        (SOURCE.replace("http://a.test", "http://u:geheim@a.test:99999"), "url holds a user or an `@`"),
        (SOURCE.replace("http://a.test", "http://a.test:99999"), "url 'http://a.test:99999' cannot be read"),
        (SOURCE.replace("http://a.test", "http://[::1"), "url 'http://[::1' cannot be read as an address"),
        (SOURCE.replace("http://a.test", "http://a.test/\\n"), r"url 'http://a.test/\n' cannot be read"),
        (
            SOURCE.replace("http://a.test", "http://a.test/x y"),
            "'http://a.test/x y' is not an http(s) address",
        ),
        (
            SOURCE.replace("http://a.test", "http://a.test/x?y"),
            "'http://a.test/x?y' is not an http(s) address",
        ),
        (SOURCE.replace("http://a.test", "http:///x"), "url 'http:///x' is not an http(s) address"),
        (SOURCE.replace("http://a.test", "http://a.test/%2e%2e/x"), "has a path that leads elsewhere"),
        (
            SOURCE + OAUTH.replace("http://a.test/token", "http://u:geheim@a.test/token"),
            "token_url holds a user or an `@`",
        ),
        (SOURCE + API_KEY.replace("X-Key", "X Key"), "credential.header 'X Key' is no name of a header"),
        (SOURCE + API_KEY.replace("X-Key", "钥匙"), "credential.header '钥匙' is no name of a header"),
        (SOURCE + API_KEY.replace("X-Key", ""), "either a header or a query parameter"),
        (
            SOURCE + API_KEY.replace('header = "X-Key"', 'query = "key", scheme = "Token"'),
            "credential.scheme and .encoding are for a key in a header",
        ),
        (
            SOURCE + API_KEY.replace('header = "X-Key"', 'query = "key", encoding = "base64"'),
            "credential.scheme and .encoding are for a key in a header",
        ),
        (
            SOURCE + API_KEY.replace('"X-Key"', '"X-Key", scheme = "To ken"'),
            "credential.scheme 'To ken' is no word such as Token",
        ),
        (SOURCE + API_KEY.replace('"X-Key"', '"X-Key", encoding = "rot13"'), "Invalid enum value 'rot13'"),
        (SOURCE + "limits = { concurrency = 0 }\n", "limits.concurrency must be at least 1"),
        (SOURCE + 'credential = { kind = "magic" }\n', "Invalid value 'magic'"),
        (SOURCE + 'credential = { kind = "basic", user = "u" }\n', "missing required field `secret_env`"),
        (
            SOURCE + 'credential = { kind = "api_key", secret_env = "X" }\n',
            "either a header or a query parameter",
        ),
    ],
)
def test_a_bad_sources_file_is_explained(tmp_path: Path, text: str, sentence: str) -> None:
    """What is wrong is told with the file's name."""
    path = tmp_path / "sources.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        read_sources(path)
    assert str(path) in str(caught.value)
    assert sentence in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_a_missing_sources_file_is_named(tmp_path: Path) -> None:
    """The setting and the path stand in the sentence."""
    with pytest.raises(ConfigurationError, match=r"SOURCES names .*/none\.toml, which cannot be read"):
        read_sources(tmp_path / "none.toml")


def _read(tmp_path: Path, text: str) -> tuple[SourceConfig, ...]:
    path = tmp_path / "sources.toml"
    path.write_text(text, encoding="utf-8")
    return read_sources(path)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (SOURCE.replace("open311", "gopher"), "there is no folder connectors/gopher"),
        (SOURCE.replace("open311", "../kit"), "there is no folder connectors/../kit"),
        (SOURCE.replace("open311", "kit"), "connectors.kit exports no CONNECTOR"),
        (SOURCE + 'serves = ["parking"]\n', "serves parking, which the connector 'open311' cannot"),
        (SOURCE + "options = { volume = 11 }\n", "options: Object contains unknown field `volume`"),
        (
            SOURCE + 'credential = { kind = "basic", user = "u", secret_env = "A_SECRET" }\n',
            "wants its secret in the environment as A_SECRET, which is not set",
        ),
    ],
)
def test_a_source_that_cannot_work_is_named(tmp_path: Path, text: str, sentence: str) -> None:
    """Connector, scenario, option and secret are checked before anything starts."""
    with pytest.raises(ConfigurationError) as caught:
        bind(_read(tmp_path, text), {})
    assert "Source 'a'" in str(caught.value)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(("milliseconds", "good"), [(2999, False), (3000, False), (3001, True)])
def test_a_request_has_more_time_than_a_sources_call(tmp_path: Path, milliseconds: int, good: bool) -> None:
    """Else a source that hangs would never be told from a request whose time is up."""
    sources = _read(tmp_path, SOURCE)
    settings = Settings(request_timeout_ms=milliseconds)
    if good:
        create_app(settings, sources)
        return
    with pytest.raises(ConfigurationError) as caught:
        create_app(settings, sources)
    assert str(caught.value) == (
        f"GATEWAY_REQUEST_TIMEOUT_MS={milliseconds} must be longer than limits.timeout_ms=3000 of source 'a'."
    )


def test_the_limits_defaults_are_those_of_the_page() -> None:
    """docs/sources.md has a line for each field of Limits, with its default."""
    page = (Path(__file__).parents[2] / "docs/sources.md").read_text(encoding="utf-8")
    lines = re.findall(r"^\| `limits\.(\w+)` \| (\d+) \|", page, re.MULTILINE)
    assert {name: int(default) for name, default in lines} == msgspec.structs.asdict(Limits())


def test_serves_narrows_what_a_source_answers(tmp_path: Path) -> None:
    """A source answers the lookups of the scenarios that it serves; without `serves`, all of them."""
    (all_of_it,) = bind(_read(tmp_path, SOURCE), {})
    (civic,) = bind(_read(tmp_path, SOURCE + 'serves = ["civic"]\n'), {})
    assert set(civic.lookups) == set(all_of_it.lookups)
    assert {lookup.name.partition(".")[0] for lookup in civic.lookups} == {"civic"}


def test_the_committed_sources_are_those_of_the_issue() -> None:
    """Hospitals, libraries, parking operators, an event platform and directories; each can be bound."""
    bound = bind(read_sources(Path(__file__).parents[2] / "sources.toml"), environment())
    connectors = [source.config.connector for source in bound]
    assert {name: connectors.count(name) for name in dict.fromkeys(connectors)} == {
        "fhir": 5,
        "koha": 3,
        "apds": 4,
        "ocpi": 2,
        "open311": 1,
        "hsds": 5,
        "engagement": 2,
        "board": 1,
        "openactive": 3,
    }
