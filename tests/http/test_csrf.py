"""Which GET requests are taken to be caused by a foreign page."""

from __future__ import annotations

import httpx
import pytest

BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"}
OURS = "http://gateway"
FOREIGN = "https://evil.example"


async def get(client: httpx.AsyncClient, headers: dict[str, str]) -> httpx.Response:
    """Send a query by GET."""
    return await client.get("/graphql?query={greet}", headers=headers)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"accept": "application/json"},
        {"user-agent": "curl/8.0"},
        {"origin": OURS},
        {"referer": f"{OURS}/page?x=1"},
        {**BROWSER, "origin": OURS},
        {**BROWSER, "referer": "http://GATEWAY/"},
        {**BROWSER, "sec-fetch-site": "same-origin"},
        {**BROWSER, "sec-fetch-site": "none"},
        {**BROWSER, "sec-fetch-site": "same-origin", "referer": FOREIGN},
        {**BROWSER, "sec-fetch-site": "cross-site", "graphql-require-preflight": "1"},
        {**BROWSER, "sec-fetch-site": "cross-site", "apollo-require-preflight": "true"},
        {**BROWSER, "sec-fetch-site": "cross-site", "content-type": "application/json"},
        {**BROWSER, "graphql-require-preflight": "1"},
        {"origin": FOREIGN, "graphql-require-preflight": "1"},
    ],
)
async def test_a_get_that_no_foreign_page_caused_is_served(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    """Programs, our own pages, the address bar and whatever needed a preflight are served."""
    response = await get(client, headers)
    assert (response.status_code, response.json()) == (200, {"data": {"greet": "Hello, world!"}})


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
@pytest.mark.parametrize(
    "headers",
    [
        {**BROWSER, "sec-fetch-site": "cross-site"},
        {**BROWSER, "sec-fetch-site": "same-site"},
        {**BROWSER, "sec-fetch-site": "cross-site", "origin": OURS},
        {**BROWSER, "sec-fetch-site": "something-new"},
        {**BROWSER, "sec-fetch-site": ""},
        {**BROWSER, "sec-fetch-site": "cross-site", "content-type": "text/plain"},
        {**BROWSER, "sec-fetch-site": "cross-site", "graphql-require-preflight": ""},
        BROWSER,
        {**BROWSER, "origin": "null"},
        {**BROWSER, "origin": FOREIGN},
        {**BROWSER, "referer": f"{FOREIGN}/http://gateway/"},
        {**BROWSER, "referer": "http://gateway.evil.example/"},
        {**BROWSER, "referer": "http://gateway:8080/"},
        {**BROWSER, "origin": OURS, "referer": FOREIGN},
        {"origin": FOREIGN},
        {"origin": "null"},
        {"referer": FOREIGN},
        {"referer": "http://["},
    ],
)
async def test_a_get_that_a_foreign_page_may_have_caused_is_refused(
    client: httpx.AsyncClient, headers: dict[str, str], accept: str
) -> None:
    """Accept, which any page may set, changes nothing; the answer is 403 before anything is executed."""
    response = await get(client, {**headers, "accept": accept})
    assert response.status_code == 403
    assert response.json() == {
        "errors": [
            {
                "message": "Another site could have caused this request; send the header"
                " GraphQL-Require-Preflight: 1.",
                "extensions": {"code": "CSRF_PREVENTED"},
            }
        ]
    }


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
async def test_a_post_that_needs_no_preflight_is_refused(
    client: httpx.AsyncClient, content_type: str
) -> None:
    """The three content types that a foreign page may send unasked are not taken, even to a mutation."""
    headers = {**BROWSER, "sec-fetch-site": "cross-site", "content-type": content_type}
    response = await client.post("/graphql", content=b'{"query":"mutation{touch}"}', headers=headers)
    assert response.status_code == 415
