"""Photos: taken in, made harmless, served, handed in with a report, and deleted."""

from __future__ import annotations

import asyncio
import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from mocks.server import RunningMocks
from tests.conftest import Graph
from tests.reports.asks import MINE, created, picture, report, try_to_report, upload, wrote
from tests.reports.conftest import BOTH, StartReporting


def located() -> bytes:
    """Give a photo as a telephone takes it: lying on its side, with position, device, comment and profile."""
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    exif[0x010F] = "Maker"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = "N", (22.0, 35.0, 58.2)
    return picture(exif=exif, comment=b"secret words", xmp=b"<x:xmpmeta/>")


async def uploaded(graph: Graph) -> dict[str, str]:
    """Send a photo; it must be taken."""
    answer = await upload(graph, picture())
    assert answer.status_code == 201, answer.text
    found: dict[str, str] = answer.json()
    return found


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
async def test_a_photo_is_taken_and_served_to_whoever_has_its_address(graph: Graph, format_: str) -> None:
    """201 with id and absolute address; served without a token, as a JPEG, with safe headers."""
    answer = await upload(graph.of("ada"), picture(format_), f"image/{format_.lower()}")
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    photo = answer.json()
    assert photo == {"id": photo["id"], "url": f"http://127.0.0.1:8000/photos/{photo['id']}"}
    assert len(photo["id"]) == 32
    shown = await graph.http.get(f"/photos/{photo['id']}")
    assert shown.status_code == 200
    assert {name: shown.headers[name] for name in shown.headers} == {
        "content-type": "image/jpeg",
        "content-length": str(len(shown.content)),
        "content-disposition": "inline",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
        "cache-control": "public, max-age=31536000, immutable",
        "cross-origin-resource-policy": "cross-origin",
    }
    with Image.open(io.BytesIO(shown.content)) as image:
        assert (image.format, image.size) == ("JPEG", (64, 48))
    head = await graph.http.head(f"/photos/{photo['id']}")
    assert (head.status_code, head.content) == (200, b"")


async def test_nothing_but_the_picture_is_kept(graph: Graph) -> None:
    """Position, device, comment and the rest stay behind; what lay on its side stands upright."""
    sent = located()
    assert b"Maker" in sent
    assert b"secret words" in sent
    photo = (await upload(graph.of("ada"), sent)).json()
    kept = (await graph.http.get(f"/photos/{photo['id']}")).content
    assert not any(words in kept for words in (b"Exif", b"Maker", b"secret words", b"xmpmeta"))
    with Image.open(io.BytesIO(kept)) as image:
        assert image.size == (48, 64)
        assert dict(image.getexif()) == {}


async def test_a_large_photo_is_made_smaller(graph: Graph) -> None:
    """At most 2,560 pixels on its longer side."""
    photo = (await upload(graph.of("ada"), picture(size=(6000, 3000)))).json()
    with Image.open(io.BytesIO((await graph.http.get(f"/photos/{photo['id']}")).content)) as image:
        assert image.size == (2560, 1280)


def bomb() -> bytes:
    """Give a PNG of 30,000 × 30,000 pixels in a few bytes."""
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0"))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("body", "media", "status", "code"),
    [
        (picture(), "image/gif", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (picture(), "text/html", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (picture(), "", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (picture("PNG"), "image/jpeg", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"RIFF0000AVI ", "image/webp", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"", "image/jpeg", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (picture(size=(900, 900))[:600], "image/jpeg", 400, "BAD_REQUEST"),
        (b"\xff\xd8\xff" + b"\0" * 100, "image/jpeg", 400, "BAD_REQUEST"),
        (bomb(), "image/png", 413, "PAYLOAD_TOO_LARGE"),
        (b"\xff\xd8\xff" + b"\0" * 20_000, "image/jpeg", 413, "PAYLOAD_TOO_LARGE"),
    ],
)
async def test_what_is_no_photo_is_refused(
    start_reporting: StartReporting, body: bytes, media: str, status: int, code: str
) -> None:
    """A wrong or missing type, another type than it says, damaged, too many pixels, too long: a code each."""
    async with start_reporting(max_photo_bytes=20_000) as graph:
        answer = await upload(graph.of("ada"), body, media)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert set(answer.json()) == {"code", "message"}


async def test_a_photo_needs_a_token(graph: Graph) -> None:
    """Without one, or with a bad one: UNAUTHENTICATED, before the body is read; other methods are 405."""
    for headers, challenge in (
        ({}, "Bearer"),
        ({"authorization": "Bearer x.y.z"}, 'Bearer error="invalid_token"'),
    ):
        answer = await graph.http.post(
            "/photos", content=picture(), headers={"content-type": "image/jpeg", **headers}
        )
        assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHENTICATED")
        assert answer.headers["www-authenticate"] == challenge
    answer = await graph.http.get("/photos")
    assert (answer.status_code, answer.json()["code"], answer.headers["allow"]) == (
        405,
        "METHOD_NOT_ALLOWED",
        "POST",
    )
    packed = await upload(graph.of("ada"), picture(), **{"content-encoding": "gzip"})
    assert (packed.status_code, packed.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


@BOTH
@pytest.mark.parametrize("id_", ["x", "0" * 32, "..%2f..%2fetc", "%00", "%00" * 32])
async def test_an_unknown_photo_is_not_found(graph: Graph, id_: str) -> None:
    """404 with a code."""
    answer = await graph.http.get(f"/photos/{id_}")
    assert answer.status_code == 404


@BOTH
async def test_a_resident_has_so_many_photos_a_day(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    """QUOTA_EXCEEDED beyond; another resident has his own."""
    monkeypatch.setattr("gateway.commands.photos.MOST_A_DAY", 2)
    ada = graph.of("ada")
    for _ in range(2):
        await uploaded(ada)
    answer = await upload(ada, picture())
    assert (answer.status_code, answer.json()["code"]) == (429, "QUOTA_EXCEEDED")
    await uploaded(graph.of("bo"))


@BOTH
async def test_a_report_takes_its_photos_along(start_reporting: StartReporting, mocks: RunningMocks) -> None:
    """The first is the standard's `media_url`, further ones stand in the description; absolute addresses."""
    async with start_reporting(public_url="https://graph.longgang.example/") as graph:
        ada = graph.of("ada")
        first, second = await uploaded(ada), await uploaded(ada)
        result = await report(ada, photos=[first["id"], second["id"]])
        assert result["__typename"] == "CaseReported"
        mine = (await ada(MINE)).data["me"]["reports"]["edges"][0]["node"]
    form = created(mocks)[0]["form"]
    assert first["url"] == f"https://graph.longgang.example/photos/{first['id']}"
    assert form["media_url"] == first["url"]
    assert f"\n照片：{second['url']}\n[ref:" in form["description"]
    assert mine["photos"] == [first["url"], second["url"]]
    assert result["report"]["case"]["description"] == f"巷口堆放大量生活垃圾，有异味。\n照片：{second['url']}"


@BOTH
async def test_a_photo_that_is_not_ones_own_is_not_found(graph: Graph, mocks: RunningMocks) -> None:
    """Unknown or somebody else's: NOT_FOUND, and nothing is sent or kept; more than three: BAD_USER_INPUT."""
    theirs = await uploaded(graph.of("bo"))
    ada = graph.of("ada")
    own = await uploaded(ada)
    for photos in ([theirs["id"]], ["x" * 32], [own["id"], theirs["id"]]):
        assert (await try_to_report(ada, photos=photos)).codes == ["NOT_FOUND"]
    answer = await try_to_report(ada, photos=["a", "b", "c", "d"])
    assert answer.codes == ["BAD_USER_INPUT"]
    assert wrote(mocks) == []
    assert (await ada(MINE)).data["me"]["reports"]["totalCount"] == 0
    assert (await report(ada, photos=[own["id"]]))["__typename"] == "CaseReported"


@BOTH
async def test_what_is_not_used_within_a_day_is_deleted(
    start_reporting: StartReporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The photo of a report stays, the other goes."""
    monkeypatch.setattr("gateway.commands.tend.FORGET_S", 0.1)
    async with start_reporting() as graph:
        ada = graph.of("ada")
        used, unused = await uploaded(ada), await uploaded(ada)
        await report(ada, photos=[used["id"]])
        assert (await graph.http.get(f"/photos/{unused['id']}")).status_code == 200
        monkeypatch.setattr("gateway.commands.photos.UNUSED_S", 0)
        async with asyncio.timeout(10):
            while (await graph.http.get(f"/photos/{unused['id']}")).status_code != 404:  # noqa: ASYNC110  # no event tells of it
                await asyncio.sleep(0.05)
        assert (await graph.http.get(f"/photos/{used['id']}")).status_code == 200


@BOTH
async def test_a_resident_may_have_reports_and_photos_deleted(graph: Graph, mocks: RunningMocks) -> None:
    """`eraseMe`: reports and photos of his are gone, others' are not; the platform keeps its case."""
    ada, bo = graph.of("ada"), graph.of("bo")
    photo, spare, theirs = await uploaded(ada), await uploaded(ada), await uploaded(bo)
    await report(ada, photos=[photo["id"]])
    await report(bo, photos=[theirs["id"]], evenIfDuplicate=True)
    answer = await ada("mutation { eraseMe { deleted left } }")
    assert answer.data == {"eraseMe": {"deleted": 1, "left": 0}}
    shown: dict[str, Any] = {
        name: (await graph.http.get(f"/photos/{one['id']}")).status_code
        for name, one in (("photo", photo), ("spare", spare), ("theirs", theirs))
    }
    assert shown == {"photo": 404, "spare": 404, "theirs": 200}
    assert (await ada(MINE)).data["me"]["reports"]["totalCount"] == 0
    assert (await bo(MINE)).data["me"]["reports"]["totalCount"] == 1
    assert len(created(mocks)) == 2


async def test_without_a_database_no_photo_is_taken(start_reporting: StartReporting) -> None:
    """WRITES_UNAVAILABLE, with the advice to come back."""
    async with start_reporting(database_url="none") as graph:
        answer = await upload(graph.of("ada"), picture())
    assert (answer.status_code, answer.json()["code"]) == (503, "WRITES_UNAVAILABLE")
    assert answer.headers["retry-after"] == "10"
