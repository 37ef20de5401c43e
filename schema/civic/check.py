"""Check: what the graph can say of a report, or of what is to be done about a case, without handing it in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import strawberry

from schema.civic.records import AttributeType, CaseRecord, ServiceAttribute
from schema.community.gazetteer import community_at
from schema.core.booking import Refusal
from schema.core.docs import text
from schema.core.errors import InvalidInput
from schema.core.geo import Crs, from_gcj02
from schema.core.record import Position
from schema.core.reporting import Answer, CaseRules
from schema.core.reports import ReportKind

LONGEST_DESCRIPTION = 2_000
LONGEST_ADDRESS = 200
LONGEST_WORDS = 500
LONGEST_ANSWER = 500
LONGEST_CODE = 100
MOST_PHOTOS = 3
_CHOICES = (AttributeType.SINGLE_VALUE_LIST, AttributeType.MULTI_VALUE_LIST)


@strawberry.input(description=text("地点", "A point on the ground"))
class PositionInput:
    """A point as a client gives it."""

    lat: float = strawberry.field(description=text("纬度（度）", "Latitude in degrees"))
    lng: float = strawberry.field(description=text("经度（度）", "Longitude in degrees"))
    crs: Crs = strawberry.field(
        default=Crs.WGS84, description=text("所给坐标的坐标系", "Coordinate system of the point given")
    )

    def resolve(self) -> Position:
        """Give the point in WGS-84, to a decimetre; InvalidInput outside the district and around it."""
        if not (-90 <= self.lat <= 90 and -180 <= self.lng <= 180):
            raise InvalidInput("A latitude is between -90 and 90 and a longitude between -180 and 180.")
        at = Position(lat=self.lat, lng=self.lng)
        if self.crs is Crs.GCJ02:
            at = from_gcj02(self.lat, self.lng)
        if community_at(at) is None:
            raise InvalidInput("The position is not in Longgang; what lies elsewhere is reported there.")
        return Position(lat=round(at.lat, 6), lng=round(at.lng, 6))


@strawberry.input(description=text("对一项问题的回答", "An answer to a question of the category"))
class AnswerInput:
    """See ServiceType.attributes."""

    code: str = strawberry.field(description=text("问题的编号", "The question's code"))
    values: list[str] = strawberry.field(
        description=text(
            "答案；选择题填选项的 key，多选可填多个",
            "The answer; of a choice the key, or several where several may be chosen",
        )
    )


def check_words(given: str | None, what: str, longest: int, *, least: int = 0) -> str | None:
    """Give a text without the space around it, None for an empty one; InvalidInput where it will not do."""
    found = (given or "").strip()
    if not least <= len(found) <= longest:
        size = f"has {least} to {longest} characters" if least else f"has at most {longest} characters"
        raise InvalidInput(f"{what} {size}.")
    if not all(character.isprintable() or character == "\n" for character in found):
        raise InvalidInput(f"{what} is plain text.")
    return found or None


def check_photos(photos: Sequence[str]) -> tuple[str, ...]:
    """Give the ids of photos, each once; InvalidInput where they are too many."""
    found = tuple(dict.fromkeys(photos))
    if not all(photo.isascii() and photo.isprintable() for photo in found):
        raise InvalidInput("This is not the id of a photo.")
    if len(found) > MOST_PHOTOS:
        raise InvalidInput(f"A report has at most {MOST_PHOTOS} photos.")
    return found


def check_score(score: int) -> int:
    """Give a score; InvalidInput where it is none."""
    if not 1 <= score <= 5:
        raise InvalidInput("A score is 1 to 5.")
    return score


def check_answers(given: Sequence[AnswerInput]) -> tuple[Answer, ...]:
    """Give answers, one a question; InvalidInput where they cannot be answers to any."""
    answers = []
    for answer in given:
        values = tuple(dict.fromkeys(value.strip() for value in answer.values if value.strip()))
        if not all(
            len(value) <= LONGEST_ANSWER and value.replace("\n", "").isprintable() for value in values
        ):
            raise InvalidInput(f"An answer is plain text of at most {LONGEST_ANSWER} characters.")
        if not (answer.code.isprintable() and len(answer.code) <= LONGEST_CODE):
            raise InvalidInput("This is not the code of a question.")
        if values:
            answers.append(Answer(answer.code, values))
    if len({answer.code for answer in answers}) < len(answers):
        raise InvalidInput("A question is answered once.")
    return tuple(sorted(answers, key=lambda answer: answer.code))


def unanswered(
    questions: Sequence[ServiceAttribute], answers: Sequence[Answer]
) -> Sequence[ServiceAttribute]:
    """Give the questions that must be answered and are not; InvalidInput for an answer to none."""
    by_code: Mapping[str, ServiceAttribute] = {one.code: one for one in questions if one.variable}
    for answer in answers:
        question = by_code.get(answer.code)
        if question is None:
            raise InvalidInput("There is no such question of this category.")
        if len(answer.values) > 1 and question.datatype is not AttributeType.MULTI_VALUE_LIST:
            raise InvalidInput("This question has one answer.")
        if question.datatype in _CHOICES and not set(answer.values) <= {one.key for one in question.values}:
            raise InvalidInput("This question is answered by the keys of its values.")
        if question.datatype is AttributeType.NUMBER and not _is_number(answer.values[0]):
            raise InvalidInput("This question is answered by a number.")
        if question.datatype is AttributeType.DATETIME and not _is_instant(answer.values[0]):
            raise InvalidInput("This question is answered by an instant, ISO 8601.")
    answered = {answer.code for answer in answers}
    return [one for one in by_code.values() if one.required and one.code not in answered]


def refusal_of(kind: ReportKind, case: CaseRecord, rules: CaseRules, now: datetime) -> Refusal | None:
    """Say why something cannot be done about a case as it stands; None where it has a chance."""
    if kind is ReportKind.SUPPORT:
        return None if case.open else Refusal.NOT_POSSIBLE
    if case.open:
        return Refusal.NOT_POSSIBLE
    if kind is ReportKind.REOPENING and case.updated_at is not None:
        # A closed case changes no more: it was closed when it last changed.
        return Refusal.TOO_LATE if now - case.updated_at > timedelta(days=rules.reopen_days) else None
    return None


def _is_number(value: str) -> bool:
    try:
        return abs(float(value)) < 1e12
    except ValueError:
        return False


def _is_instant(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True
