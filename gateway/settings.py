"""Settings of the gateway, all from the environment; docs/settings.md has a line for each."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from gateway.sources import ConfigurationError

_PREFIX = "GATEWAY_"
MIN_KEY_CHARACTERS = 32
"""Of a secret by which hashes are keyed."""


class Settings(BaseModel):
    """What can be set. `HOST`, `PORT` and `SOURCES` stand bare, every other one begins with GATEWAY_."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    host: str = Field(default="127.0.0.1", validation_alias="HOST", description="Address to listen on.")
    port: int = Field(
        default=8000,
        ge=0,
        le=65535,
        validation_alias="PORT",
        description="Port to listen on; 0 takes a free one.",
    )
    sources: Path = Field(
        default=Path("sources.toml"), validation_alias="SOURCES", description="File that names the sources."
    )
    request_timeout_ms: int = Field(
        default=10_000,
        ge=100,
        le=120_000,
        validation_alias="GATEWAY_REQUEST_TIMEOUT_MS",
        description="One request's deadline, from its arrival to its answer.",
    )
    max_body_bytes: int = Field(
        default=1_000_000,
        ge=1_000,
        validation_alias="GATEWAY_MAX_BODY_BYTES",
        description="Longest request body that is read.",
    )
    max_tokens: int = Field(
        default=5_000,
        ge=100,
        validation_alias="GATEWAY_MAX_TOKENS",
        description="Most lexical tokens of a GraphQL document.",
    )
    max_depth: int = Field(
        default=20,
        ge=5,
        le=100,
        validation_alias="GATEWAY_MAX_DEPTH",
        description="Deepest nesting of a selection.",
    )
    max_cost: int = Field(
        default=50_000,
        ge=1_000,
        validation_alias="GATEWAY_MAX_COST",
        description="Most fields that an operation's answer could hold if every list in it were full.",
    )
    cached_documents: int = Field(
        default=1_000,
        ge=1,
        validation_alias="GATEWAY_CACHED_DOCUMENTS",
        description="Parsed and validated documents kept.",
    )
    cached_answers: int = Field(
        default=20_000,
        ge=0,
        validation_alias="GATEWAY_CACHED_ANSWERS",
        description="Records of sources kept in the cache, at least one an answer.",
    )
    share_ms: int = Field(
        default=1_000,
        ge=0,
        le=10_000,
        validation_alias="GATEWAY_SHARE_MS",
        description="How long after its start an execution takes in identical queries; 0 shares none.",
    )
    warm_up_ms: int = Field(
        default=10_000,
        ge=0,
        le=60_000,
        validation_alias="GATEWAY_WARM_UP_MS",
        description="How long the start may wait for the small lists that it reads ahead; 0 reads none.",
    )
    search_refresh_s: int = Field(
        default=300,
        ge=0,
        le=86_400,
        validation_alias="GATEWAY_SEARCH_REFRESH_S",
        description="How often what `search` finds is listed anew; 0: once, when somebody first searches.",
    )
    search_documents: int = Field(
        default=100_000,
        ge=1,
        validation_alias="GATEWAY_SEARCH_DOCUMENTS",
        description="Most records that `search` finds among.",
    )
    state_dir: Path = Field(
        default=Path("var"),
        validation_alias="GATEWAY_STATE_DIR",
        description="Directory for what the gateway keeps on disk.",
    )
    database_url: str = Field(
        default="",
        validation_alias="GATEWAY_DATABASE_URL",
        description="Where commands are kept: `sqlite:///…` or `postgresql://…`; `none` takes none.",
    )
    command_wait_ms: int = Field(
        default=5_000,
        ge=0,
        le=60_000,
        validation_alias="GATEWAY_COMMAND_WAIT_MS",
        description="How long a write waits for its end before it is answered as accepted.",
    )
    command_deadline_s: int = Field(
        default=1_800,
        ge=1,
        le=604_800,
        validation_alias="GATEWAY_COMMAND_DEADLINE_S",
        description="How long what was accepted is tried while its source is down.",
    )
    waitlist_check_s: int = Field(
        default=30,
        ge=0,
        le=3_600,
        validation_alias="GATEWAY_WAITLIST_CHECK_S",
        description="How often those who wait for a place are looked after; 0: only when one is given back.",
    )
    retention_days: int = Field(
        default=1_095,
        ge=1,
        validation_alias="GATEWAY_RETENTION_DAYS",
        description="How long bookings and reports are kept after their last change.",
    )
    public_url: str = Field(
        default="",
        pattern=r"^(https?://[^\s?#]+)?$",
        validation_alias="GATEWAY_PUBLIC_URL",
        description="Address at which other systems reach this gateway; empty: `http://HOST:PORT`.",
    )
    max_photo_bytes: int = Field(
        default=5_000_000,
        ge=10_000,
        le=50_000_000,
        validation_alias="GATEWAY_MAX_PHOTO_BYTES",
        description="Longest photo that is taken.",
    )
    jwks: str = Field(
        default="",
        validation_alias="GATEWAY_JWKS",
        description="File or https address of the keys of the sign-on whose tokens are trusted.",
    )
    jwt_issuer: str = Field(
        default="",
        validation_alias="GATEWAY_JWT_ISSUER",
        description="The `iss` of the sign-on's tokens.",
    )
    jwt_audience: str = Field(
        default="longgang-community-graph",
        min_length=1,
        validation_alias="GATEWAY_JWT_AUDIENCE",
        description="The `aud` by which tokens are meant for this gateway.",
    )
    pseudonym_key: SecretStr = Field(
        default=SecretStr(""),
        validation_alias="GATEWAY_PSEUDONYM_KEY",
        description="Secret, of 32 characters or more, by which residents are kept under pseudonyms.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", validation_alias="GATEWAY_LOG_LEVEL", description="Least severe event that is logged."
    )
    log_format: Literal["json", "text"] = Field(
        default="json",
        validation_alias="GATEWAY_LOG_FORMAT",
        description="How events are written to standard error.",
    )
    drain_ms: int = Field(
        default=0,
        ge=0,
        le=60_000,
        validation_alias="GATEWAY_DRAIN_MS",
        description="How long `/readyz` says no before a stop ends what is under way.",
    )

    @field_validator("pseudonym_key")
    @classmethod
    def _long_enough(cls, key: SecretStr) -> SecretStr:
        if 0 < len(key.get_secret_value()) < MIN_KEY_CHARACTERS:
            raise ValueError(f"a key has at least {MIN_KEY_CHARACTERS} characters")
        return key

    @property
    def public_base(self) -> str:
        """The address at which other systems reach this gateway, without a slash at its end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")

    @classmethod
    def load(cls) -> Self:
        """Read and check every setting; ConfigurationError names the one that is unknown or bad."""
        names = cls.names()
        for name in os.environ:
            if name.startswith(_PREFIX) and name not in names:
                known = [known.removeprefix(_PREFIX) for known in names if known.startswith(_PREFIX)]
                close = difflib.get_close_matches(name.removeprefix(_PREFIX), known, 1)
                hint = f"; did you mean {_PREFIX}{close[0]}?" if close else "."
                raise ConfigurationError(f"{name} is not a setting{hint}")
        try:
            return cls.model_validate({name: os.environ[name] for name in names if name in os.environ})
        except ValidationError as error:
            first = error.errors()[0]
            name = str(first["loc"][0])
            # What was meant as a secret is not told.
            shown = name if name in cls._secrets() else f"{name}={first['input']!r}"
            raise ConfigurationError(f"{shown} will not do: {first['msg']}.") from None

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The environment's name of each setting."""
        return tuple(str(field.validation_alias) for field in cls.model_fields.values())

    @classmethod
    def _secrets(cls) -> frozenset[str]:
        fields = cls.model_fields.values()
        return frozenset(str(field.validation_alias) for field in fields if field.annotation is SecretStr)
