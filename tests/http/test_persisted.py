"""Persisted queries: a document by its digest (Apollo's protocol of automatic persisted queries)."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import httpx
import pytest

from gateway.execution import documents

GREET = "{ greet }"


def persisted(document: str) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": sha256(document.encode()).hexdigest()}}


async def ask(client: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    response = await client.post("/graphql", json=body)
    answer: dict[str, Any] = response.json()
    return answer


async def test_a_document_is_known_by_its_digest_once_it_was_sent(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before, the client is told so; afterwards the digest is enough, by POST and GET, without parsing."""
    unknown = await ask(client, extensions=persisted(GREET))
    assert [error["message"] for error in unknown["errors"]] == ["PersistedQueryNotFound"]
    assert unknown["errors"][0]["extensions"] == {"code": "PERSISTED_QUERY_NOT_FOUND"}
    first = await ask(client, query=GREET, extensions=persisted(GREET))
    assert "errors" not in first

    def parse(*_: object, **__: object) -> None:
        raise AssertionError("parsed again")

    monkeypatch.setattr(documents, "parse", parse)
    assert await ask(client, extensions=persisted(GREET)) == first
    headers = {"graphql-require-preflight": "1", "accept": "application/json"}
    by_get = await client.get(
        "/graphql", params={"extensions": json.dumps(persisted(GREET))}, headers=headers
    )
    assert by_get.json() == first


async def test_what_is_invalid_is_not_kept(client: httpx.AsyncClient) -> None:
    """Its errors are told when it is sent, and its digest leads nowhere."""
    wrong = "{ nothing }"
    sent = await ask(client, query=wrong, extensions=persisted(wrong))
    assert sent["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    alone = await ask(client, extensions=persisted(wrong))
    assert alone["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
