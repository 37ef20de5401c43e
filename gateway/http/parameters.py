"""The request parameters: from a body or a query string to an `Operation`, refusing whatever is malformed."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl

import orjson

from gateway.execution.operation import Operation
from gateway.http.errors import HttpError, bad_request
from gateway.http.headers import Headers, media_type
from gateway.http.negotiation import JSON
from schema.core.errors import Code

MAX_QUERY_FIELDS = 32
_DIGEST = re.compile("[0-9a-f]{64}")

REMEMBERED_BYTES = 1_000_000
"""Of requests that were read already, for bodies and for query strings each."""
_ENTRY_BYTES = 500
"""What remembering one takes beside its bytes."""


class Remembering:
    """Reads requests by one of the functions below, and those that say the same byte for byte only once.

    A front end's query without variables does so all day. What has variables is read each time: it seldom
    comes again, and what a resident entered is not kept. The least recently used gives way.
    """

    def __init__(self, read: Callable[[bytes], Operation], max_bytes: int = REMEMBERED_BYTES) -> None:
        self._read = read
        self._max_bytes = max_bytes
        self._kept: OrderedDict[bytes, Operation] = OrderedDict()
        self._bytes = 0

    def __call__(self, raw: bytes) -> Operation:
        """Give the operation; HttpError as the function raises it."""
        operation = self._kept.get(raw)
        if operation is not None:
            self._kept.move_to_end(raw)
            return operation
        operation = self._read(raw)
        if not operation.variables:
            self._kept[raw] = operation
            self._bytes += len(raw) + _ENTRY_BYTES
            while self._bytes > self._max_bytes:
                dropped, _ = self._kept.popitem(last=False)
                self._bytes -= len(dropped) + _ENTRY_BYTES
        return operation


def check_body_headers(headers: Headers) -> None:
    """Refuse a body that is not JSON in UTF-8, or is packed."""
    refusal = _body_refusal(headers.get(b"content-type", b""), headers.get(b"content-encoding", b"identity"))
    if refusal is not None:
        raise HttpError(415, Code.UNSUPPORTED_MEDIA_TYPE, refusal)


@lru_cache(maxsize=256)
def _body_refusal(content_type: bytes, content_encoding: bytes) -> str | None:
    media, params = media_type(content_type)
    if media != JSON:
        return "Send the request with Content-Type: application/json."
    if params.get(b"charset", b"utf-8") not in {b"utf-8", b"utf8"}:
        return "Send the request in UTF-8."
    if content_encoding.strip().lower() not in {b"", b"identity"}:
        return "Send the request without a Content-Encoding."
    return None


def from_body(body: bytes) -> Operation:
    """Read a POST's body."""
    if not body.strip():
        raise bad_request("The body is empty; send a JSON object with the document in `query`.")
    decoded = _decode(body, "The body")
    if isinstance(decoded, list):
        raise bad_request("Batching is not offered; send one operation a request.")
    if not isinstance(decoded, dict):
        raise bad_request("The body must be a JSON object.")
    return _operation(decoded, read_only=False)


def from_query_string(query_string: bytes) -> Operation:
    """Read a GET's parameters: `variables` and `extensions` are JSON within the query string."""
    try:
        pairs = parse_qsl(
            query_string.decode(),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAX_QUERY_FIELDS,
        )
    except ValueError:
        raise bad_request("The query string is not form-encoded UTF-8.") from None
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise bad_request("The query string gives a parameter more than once.")
        found[name] = value
    # An empty string stands for none: the specification says so of operationName, and no JSON is empty.
    for name in ("operationName", "variables", "extensions"):
        if found.get(name) == "":
            del found[name]
    for name in ("variables", "extensions"):
        if name in found:
            found[name] = _decode(found[name].encode(), f"The parameter `{name}`")
    return _operation(found, read_only=True)


def has_query(query_string: bytes) -> bool:
    """Tell whether a GET asks for an operation, or only for the page."""
    return any(part.partition(b"=")[0] in (b"query", b"extensions") for part in query_string.split(b"&"))


def _decode(text: bytes, what: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        # Its message may quote; where to look is said by the sentence.
        raise bad_request(f"{what} is not valid JSON in UTF-8, or is nested too deeply.") from None


def _digest(extensions: Mapping[str, Any]) -> str | None:
    """Give the digest of an automatic persisted query, None where there is none."""
    persisted = extensions.get("persistedQuery")
    if persisted is None:
        return None
    digest = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest) or persisted.get("version") != 1:
        raise bad_request(
            "`extensions.persistedQuery` holds `version` 1 and the document's SHA-256 as `sha256Hash`."
        )
    return digest


def _operation(found: Mapping[str, Any], *, read_only: bool) -> Operation:
    document = found.get("query")
    name = found.get("operationName")
    variables = found.get("variables")
    extensions = found.get("extensions")
    if name is not None and not isinstance(name, str):
        raise bad_request("`operationName` must be a string.")
    if variables is not None and not isinstance(variables, dict):
        raise bad_request("`variables` must be a JSON object.")
    if extensions is not None and not isinstance(extensions, dict):
        raise bad_request("`extensions` must be a JSON object.")
    digest = _digest(extensions or {})
    if document is None and digest is None:
        raise bad_request("`query` is missing; it holds the GraphQL document.")
    if not isinstance(document, str | None):
        raise bad_request("`query` must be a string.")
    if document and digest is not None and sha256(document.encode()).hexdigest() != digest:
        raise bad_request("`extensions.persistedQuery.sha256Hash` is not that of `query`.")
    return Operation(
        document=document or "",
        digest=digest,
        name=name,
        variables=variables or {},
        read_only=read_only,
    )
