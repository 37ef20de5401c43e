"""The companion interface: what residents do about a case besides reporting it (docs/reports.md).

Each act has a reference of whoever asks: the same again is answered as before and done once, another act
under it is refused. An account supports a case once, however often it is asked; it rates each closing of a
case once.
"""

from dataclasses import dataclass
from datetime import timedelta

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from mocks.auth import ApiKey
from mocks.open311.formats import RefusedError, Row, rows, wants_json
from mocks.world import World
from mocks.world.cases import CLOSED, Case

REOPEN = timedelta(days=15)
"""For how long after it was closed a case can be reopened."""
_KINDS = {"supports": "support", "ratings": "rating", "reopenings": "reopening"}
_LONGEST = 500


@dataclass(frozen=True)
class _Act:
    kind: str
    case: int
    account: str
    score: str
    words: str
    created: str


class Acts:
    """What was done, by its reference."""

    def __init__(self, world: World, identity: str, key: ApiKey) -> None:
        self._world = world
        self._id = identity
        self._key = key
        self._known: dict[str, _Act] = {}

    async def add(self, request: Request) -> Response:
        wants_json(request)
        kind = _KINDS.get(request.path_params["act"])
        if kind is None:
            raise RefusedError(404, "There is no such act.")
        form = await request.form()
        self._check_key(form.get("api_key") or request.query_params.get("api_key"))
        reference, account = _needed(form, "reference"), _needed(form, "account_id")
        score = _needed(form, "score") if kind == "rating" else ""
        words = _needed(form, "reason") if kind == "reopening" else _text(form, "comment")
        if score not in ("", "1", "2", "3", "4", "5"):
            raise RefusedError(400, "score must be 1 to 5.")
        if len(words) > _LONGEST:
            raise RefusedError(400, f"At most {_LONGEST} characters.")
        case = self._case(request.path_params["id"])
        now = self._world.clock.now()
        act = _Act(kind, case.id, account, score, words, now.isoformat(timespec="seconds"))
        if (known := self._known.get(reference)) is not None:
            if (known.kind, known.case, known.account, known.score, known.words) != (
                kind, case.id, account, score, words,
            ):  # fmt: skip
                raise RefusedError(409, "REFERENCE_USED: the reference stands for another act.")
            return self._answer(request, reference, 200)
        before = next(
            (a for a in self._known.values() if (a.kind, a.case, a.account) == ("support", case.id, account)),
            None,
        )
        if kind == "support" and before is not None:
            self._known[reference] = before
            return self._answer(request, reference, 200)
        self._refuse(act, case)
        if kind == "reopening":
            self._world.cases.reopen(case, words)
        self._known[reference] = act
        self._world.ledger.record(
            self._id, f"{kind}.created", service_request_id=case.id, reference=reference,
            account_id=account, score=score, words=words,
        )  # fmt: skip
        return self._answer(request, reference, 201)

    async def find(self, request: Request) -> Response:
        wants_json(request)
        self._check_key(request.query_params.get("api_key"))
        reference = request.path_params["reference"]
        if reference not in self._known:
            raise RefusedError(404, "reference provided was not found.")
        return self._answer(request, reference, 200)

    def _refuse(self, act: _Act, case: Case) -> None:
        """What the case's state does not let be done."""
        last = case.latest(self._world.clock.now())
        if act.kind == "support":
            if last.state == CLOSED:
                raise RefusedError(409, "CLOSED: the case is closed.")
            return
        if last.state != CLOSED:
            raise RefusedError(409, "NOT_CLOSED: the case is not closed.")
        if act.kind == "reopening" and self._world.clock.now() - last.at > REOPEN:
            raise RefusedError(409, "TOO_LATE: the case was closed too long ago.")
        rated = any(
            (a.kind, a.case, a.account) == ("rating", act.case, act.account)
            and a.created >= last.at.isoformat(timespec="seconds")
            for a in self._known.values()
        )
        if act.kind == "rating" and rated:
            raise RefusedError(409, "RATED: the account has rated this closing.")

    def _answer(self, request: Request, reference: str, status: int) -> Response:
        act = self._known[reference]
        supports = {a.account for a in self._known.values() if (a.kind, a.case) == ("support", act.case)}
        row: Row = {
            "reference": reference,
            "kind": act.kind,
            "service_request_id": act.case,
            "created_datetime": act.created,
            "supports": len(supports),
        }
        return rows(request, "acts", "act", [row], status)

    def _check_key(self, given: object) -> None:
        if not self._key.accepts(given):
            raise RefusedError(403, "Missing or invalid api_key.")

    def _case(self, given: str) -> Case:
        case = self._world.cases.get(int(given)) if given.isascii() and given.isdigit() else None
        if case is None:
            raise RefusedError(404, "service_request_id provided was not found.")
        return case


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def _needed(form: FormData, name: str) -> str:
    value = _text(form, name)
    if not value:
        raise RefusedError(400, f"{name} was not provided.")
    return value
