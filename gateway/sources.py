"""sources.toml: which systems there are, read and checked before anything starts."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, Literal

import msgspec

from gateway.upstream.address import fault_of

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""The name of a header or of an authentication scheme (RFC 9110, sections 5.6.2 and 11.1)."""


class ConfigurationError(Exception):
    """A setting or a source that cannot work; its sentence names it, and the gateway does not start."""


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one source may be asked to bear."""

    concurrency: int = 8
    """Calls under way at once; further ones wait."""
    timeout_ms: int = 3000
    """For one call, connecting and reading included."""
    max_body_bytes: int = 16_000_000
    """A longer answer is taken for a fault."""


class NoCredential(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="none", tag_field="kind"):
    """A system that is open to all."""


class BasicCredential(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="basic", tag_field="kind", kw_only=True
):
    """HTTP Basic (RFC 7617); the password is read from the environment."""

    user: str
    secret_env: str


class ApiKeyCredential(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="api_key", tag_field="kind", kw_only=True
):
    """A fixed key in a header or a query parameter.

    In a header it may have a `scheme` before it, as in `Authorization: Token …`, and be sent in Base64 of
    its UTF-8 (OCPI 2.2.1, section 4.1.1, wants both).
    """

    secret_env: str
    header: str | None = None
    query: str | None = None
    scheme: str | None = None
    encoding: Literal["plain", "base64"] = "plain"


class OAuth2Credential(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="oauth2", tag_field="kind", kw_only=True
):
    """OAuth2 client credentials (RFC 6749, section 4.4)."""

    token_url: str
    client_id: str
    secret_env: str
    scope: str | None = None


Credential = NoCredential | BasicCredential | ApiKeyCredential | OAuth2Credential


class SourceConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One external system."""

    id: str
    name: str
    name_en: str | None = None
    connector: str
    """The folder under connectors/ whose standard it speaks."""
    url: str
    """Base of every path that the connector asks for."""
    credential: Credential = NoCredential()
    limits: Limits = Limits()
    serves: tuple[str, ...] = ()
    """Scenarios that it answers for; empty: all that its connector can."""
    options: dict[str, Any] = {}
    """What the connector itself wants to know; see docs/sources.md."""


def read_sources(path: Path) -> tuple[SourceConfig, ...]:
    """Read the file and check all that can be checked without asking anyone."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"SOURCES names {path}, which cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is not TOML: {error}.") from error
    entries = raw.pop("source", [])
    if raw or not isinstance(entries, list):
        raise ConfigurationError(f"{path} holds [[source]] tables and nothing else.")
    sources = tuple(_source(path, entry) for entry in entries)
    if not sources:
        raise ConfigurationError(f"{path} names no source; at least one [[source]] is needed.")
    seen: set[str] = set()
    for source in sources:
        _check(path, source)
        if source.id in seen:
            raise ConfigurationError(f"{path}: two sources have the id {source.id!r}.")
        seen.add(source.id)
    return sources


def _source(path: Path, entry: Any) -> SourceConfig:
    try:
        return msgspec.convert(entry, SourceConfig)
    except msgspec.ValidationError as error:
        name = entry.get("id") if isinstance(entry, dict) else None
        raise ConfigurationError(f"{path}: source {name!r}: {error}.") from error


def _check(path: Path, source: SourceConfig) -> None:
    where = f"{path}: source {source.id!r}"
    if not source.id or not all(c.isascii() and (c.isalnum() or c == "-") for c in source.id):
        raise ConfigurationError(f"{where}: an id has letters, digits and hyphens only.")
    urls = [("url", source.url)]
    match source.credential:
        case OAuth2Credential(token_url=token_url):
            urls.append(("token_url", token_url))
        case ApiKeyCredential(header=header, query=query) if bool(header) == bool(query):
            raise ConfigurationError(f"{where}: an api_key has either a header or a query parameter.")
        case ApiKeyCredential(header=str(header)) if not _TOKEN.fullmatch(header):
            raise ConfigurationError(f"{where}: credential.header {header!r} is no name of a header.")
        case ApiKeyCredential(header=None, scheme=scheme, encoding=encoding) if scheme or encoding != "plain":
            raise ConfigurationError(f"{where}: credential.scheme and .encoding are for a key in a header.")
        case ApiKeyCredential(scheme=str(scheme)) if not _TOKEN.fullmatch(scheme):
            raise ConfigurationError(f"{where}: credential.scheme {scheme!r} is no word such as Token.")
    for name, url in urls:
        if fault := fault_of(url):
            raise ConfigurationError(f"{where}: {name} {fault}.")
    limits = source.limits
    for name in ("concurrency", "timeout_ms", "max_body_bytes"):
        if getattr(limits, name) < 1:
            raise ConfigurationError(f"{where}: limits.{name} must be at least 1.")
