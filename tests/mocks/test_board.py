"""The neighbours' board: Offer and Demand in pages, with JSON-LD's freedoms."""

from typing import Any

import httpx
import pytest

from mocks.server import RunningMocks


@pytest.fixture
def board(mocks: RunningMocks, http: httpx.AsyncClient) -> httpx.AsyncClient:
    """A client that holds the board's key."""
    http.base_url = httpx.URL(f"{mocks.url}/goods-board")
    http.headers["x-api-key"] = "key-of-goods-board"
    return http


async def items(board: httpx.AsyncClient, **params: Any) -> tuple[int, list[dict[str, Any]]]:
    answer = await board.get("/posts", params=params)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/ld+json")
    found = answer.json()
    assert (found["@context"], found["@type"]) == ("https://schema.org", "ItemList")
    return found["numberOfItems"], [element["item"] for element in found["itemListElement"]]


async def test_a_key_is_needed(board: httpx.AsyncClient) -> None:
    """401 without one, 403 with another's, both in schema.org's words."""
    for key, status in (({"x-api-key": "nonsense"}, 403), ({"x-api-key": ""}, 403)):
        refused = await board.get("/posts", headers=key)
        assert (refused.status_code, refused.json()["@type"]) == (status, "Thing")
    del board.headers["x-api-key"]
    assert (await board.get("/posts")).status_code == 401


async def test_posts_come_in_pages_newest_first(board: httpx.AsyncClient) -> None:
    """20 unless asked otherwise, 100 at most; what is sold or taken back is in no list."""
    total, first = await items(board)
    assert (total, len(first)) == (144, 20)
    _, long = await items(board, pageSize=500)
    _, rest = await items(board, pageSize=500, page=2)
    assert (len(long), len(rest)) == (100, 44)
    posted = [item["validFrom"] for item in long + rest]
    assert posted == sorted(posted, reverse=True)
    assert not any(item["availability"].endswith(("SoldOut", "Discontinued")) for item in long + rest)
    for wrong in ({"page": 0}, {"pageSize": 0}, {"page": "x"}):
        assert (await board.get("/posts", params=wrong)).status_code == 400


async def test_posts_are_narrowed(board: httpx.AsyncClient) -> None:
    """By kind, category, community and identifiers, each repeatable."""
    offers, _ = await items(board, additionalType="Offer")
    wants, found = await items(board, additionalType="Demand")
    assert offers + wants == 144
    assert {item["@type"] for item in found} == {"Demand"}
    _, furniture = await items(board, category="家具", pageSize=100)
    assert {item["category"] for item in furniture} == {"家具"}
    _, named = await items(board, identifier=["p00001", "p00002", "p99999"])
    assert {item["identifier"] for item in named} <= {"p00001", "p00002"}
    code = named[0]["areaServed"]["identifier"]
    _, around = await items(board, areaServed=code)
    assert {item["areaServed"]["identifier"] for item in around} == {code}


async def test_a_post_by_its_identifier(board: httpx.AsyncClient, mocks: RunningMocks) -> None:
    """Whole, with the neighbour's number that no reader should pass on; 404 for an unknown one."""
    post = mocks.world.board.posts[0]
    item = (await board.get(f"/posts/{post.id}")).json()
    assert item["offeredBy"]["telephone"] == post.phone
    assert item["offeredBy"]["name"] == post.neighbour.full
    assert item["availableAtOrFrom"]["geo"]["latitude"] == post.position[0]
    missing = await board.get("/posts/p99999")
    assert (missing.status_code, missing.json()["description"]) == (404, "no such post")
    sold = next(post for post in mocks.world.board.posts if post.availability == "SoldOut")
    assert (await board.get(f"/posts/{sold.id}")).json()["availability"].endswith("SoldOut")


async def test_json_ld_takes_its_freedoms(board: httpx.AsyncClient) -> None:
    """Pictures as a text, a list or objects; prices as numbers or texts; words as IRIs or bare."""
    found = [item for page in (1, 2) for item in (await items(board, pageSize=100, page=page))[1]]
    images = [item["image"] for item in found if "image" in item]
    assert {type(image) for image in images} == {str, list}
    assert any(isinstance(image, list) and isinstance(image[0], dict) for image in images)
    assert {type(item["price"]) for item in found if "price" in item} == {int, str}
    assert {
        item["availability"].removesuffix("InStock") for item in found if "InStock" in item["availability"]
    } == {
        "https://schema.org/",
        "http://schema.org/",
        "",
    }
    assert any("category" not in item for item in found)
