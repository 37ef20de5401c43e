"""CaseDesk: where a source takes residents' reports, and what they do about its cases afterwards."""

from __future__ import annotations

from typing import ClassVar

from schema.core.lookup import AnyLookup
from schema.core.reporting import CaseAct, CaseRules, Filed, Report


class CaseDesk:
    """Base of every desk for reports. Each call is one attempt, as those of `Desk` are, and fails like them:
    SourceError where the system has not answered (`in_doubt`), Refused where it said no.
    """

    shows: ClassVar[tuple[AnyLookup, ...]] = ()
    """The lookups whose answers tell of cases: what is cached of them is dropped when one changes."""
    repeats_reports: ClassVar[bool] = False
    """Whether the system itself sees to it that one report is taken once. Acts it always takes once."""
    listed_within_s: float = 0.0
    """How long after a report was handed in `find` may not find it yet, in seconds."""
    rules: CaseRules

    async def report(self, report: Report) -> Filed:
        """Hand a report in. Its reference goes with it, so that `find` finds it."""
        raise NotImplementedError

    async def find(self, report: Report) -> Filed | None:
        """Say what has become of a report by its reference; None where the system knows nothing of it."""
        raise NotImplementedError

    async def case_of(self, token: str) -> str | None:
        """Give the case that a token has led to; None where there is none yet."""
        raise NotImplementedError

    async def support(self, act: CaseAct) -> None:
        """Say that a case is somebody else's concern, too; once for each account, however often."""
        raise NotImplementedError

    async def rate(self, act: CaseAct) -> None:
        """Rate how a closed case was dealt with."""
        raise NotImplementedError

    async def reopen(self, act: CaseAct) -> None:
        """Send a closed case back to whoever dealt with it."""
        raise NotImplementedError

    async def done(self, reference: str) -> bool:
        """Say whether an act was carried out, by its reference."""
        raise NotImplementedError
