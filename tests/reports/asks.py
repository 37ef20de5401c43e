"""What residents ask in these tests."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import httpx
from PIL import Image

from mocks.server import RunningMocks
from schema.core.ids import encode_id
from schema.core.record import Ref
from tests.conftest import Answer, Graph

LAMP, RUBBISH, NOISE = "44030701037", "44030706010", "44030706028"
HERE = {"lat": 22.5995, "lng": 114.1211}
"""龙岭社区; no case of these categories has been reported there lately."""

_REPORT = "id kind status title anonymous suggested number reason message messageEn"
REPORT = f"""mutation ($input: ReportCaseInput!) {{ reportCase(input: $input) {{ __typename
  ... on CaseReported {{ report {{ {_REPORT} case {{ id state description }} }} }}
  ... on CaseAccepted {{ report {{ {_REPORT} }} message messageEn }}
  ... on CaseDuplicates {{ cases {{ distance case {{ id }} }} message messageEn }}
  ... on CaseIncomplete {{ category {{ code }} suggestions {{ serviceType {{ code }} score because }}
      questions {{ code required values {{ key name }} }} message messageEn }}
  ... on CaseRejected {{ reason message messageEn report {{ {_REPORT} }} }} }} }}"""
_CHANGE = f"""__typename
  ... on CaseChanged {{ report {{ {_REPORT} score description case {{ id state }} }} }}
  ... on CaseAccepted {{ report {{ {_REPORT} }} }}
  ... on CaseRejected {{ reason message messageEn report {{ {_REPORT} }} }}"""
SUPPORT = f"mutation ($input: SupportCaseInput!) {{ supportCase(input: $input) {{ {_CHANGE} }} }}"
RATE = f"mutation ($input: RateCaseInput!) {{ rateCase(input: $input) {{ {_CHANGE} }} }}"
REOPEN = f"mutation ($input: ReopenCaseInput!) {{ reopenCase(input: $input) {{ {_CHANGE} }} }}"
MINE = f"{{ me {{ reports {{ totalCount edges {{ node {{ {_REPORT} photos }} }} }} }} }}"
ONE = f"query ($id: ID!) {{ caseReport(id: $id) {{ {_REPORT} case {{ id state }} }} }}"


def category(code: str) -> str:
    """Give the id of a category."""
    return encode_id("service-type", Ref("events", code))


def case_id(number: int | str) -> str:
    """Give the id of a case."""
    return encode_id("case", Ref("events", str(number)))


def what(**more: Any) -> dict[str, Any]:
    """Give a report of rubbish, with other fields."""
    return {
        "idempotencyKey": "key-00000001",
        "description": "巷口堆放大量生活垃圾，有异味。",
        "position": HERE,
        "category": category(RUBBISH),
        **more,
    }


async def try_to_report(graph: Graph, **more: Any) -> Answer:
    """Report rubbish."""
    return await graph(REPORT, input=what(**more))


async def report(graph: Graph, **more: Any) -> dict[str, Any]:
    """Report rubbish; the answer must have no errors."""
    answer = await try_to_report(graph, **more)
    assert answer.errors == []
    result: dict[str, Any] = answer.data["reportCase"]
    return result


async def support(graph: Graph, case: int | str, key: str = "key-support1") -> dict[str, Any]:
    """Say: me too."""
    answer = await graph(SUPPORT, input={"case": case_id(case), "idempotencyKey": key})
    assert answer.errors == []
    result: dict[str, Any] = answer.data["supportCase"]
    return result


async def rate(
    graph: Graph, case: int | str, key: str = "key-rate-001", score: int = 4, comment: str | None = "很快"
) -> dict[str, Any]:
    """Rate a case."""
    answer = await graph(
        RATE, input={"case": case_id(case), "idempotencyKey": key, "score": score, "comment": comment}
    )
    assert answer.errors == []
    result: dict[str, Any] = answer.data["rateCase"]
    return result


async def reopen(
    graph: Graph, case: int | str, key: str = "key-reopen-1", reason: str = "又堆满了"
) -> dict[str, Any]:
    """Have a case dealt with again."""
    answer = await graph(REOPEN, input={"case": case_id(case), "idempotencyKey": key, "reason": reason})
    assert answer.errors == []
    result: dict[str, Any] = answer.data["reopenCase"]
    return result


async def comes_to(graph: Graph, receipt: str, status: str, within_s: float = 15.0) -> dict[str, Any]:
    """Wait until a report stands so, and give it."""
    async with asyncio.timeout(within_s):
        while True:
            found: dict[str, Any] = (await graph(ONE, id=receipt)).data["caseReport"]
            if found["status"] == status:
                return found
            await asyncio.sleep(0.05)


def picture(format_: str = "JPEG", size: tuple[int, int] = (64, 48), **more: Any) -> bytes:
    """Give a picture as a file."""
    written = io.BytesIO()
    Image.new("RGB", size, "orange").save(written, format_, **more)
    return written.getvalue()


async def upload(graph: Graph, body: bytes, media: str = "image/jpeg", **headers: str) -> httpx.Response:
    """Send a photo with the client's token."""
    return await graph.http.post(
        "/photos", content=body, headers={**graph.headers, "content-type": media, **headers}
    )


def wrote(mocks: RunningMocks) -> list[tuple[str, str]]:
    """Give the writes at the platform's wire, in order: method and path."""
    return [(call.method, call.path) for call in mocks.calls("events", token=False) if call.method != "GET"]


def created(mocks: RunningMocks) -> list[dict[str, Any]]:
    """Give the cases that were really made, as the platform's ledger has them."""
    return [entry for entry in mocks.ledger("events") if entry["kind"] == "request.created"]
