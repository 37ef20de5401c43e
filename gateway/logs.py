"""Logs: one event a line on standard error, with fields and never with personal data."""

from __future__ import annotations

import logging
import sys
import traceback

import structlog

from gateway.settings import Settings


def configure_logs(settings: Settings) -> None:
    """Set up structlog, and the standard library's loggers (uvicorn) to speak through it."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=False),
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    level = getattr(logging, settings.log_level.upper())
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(level, logging.WARNING))


_MAX_FRAMES = 30
_MAX_CAUSES = 10


def fault_of(error: BaseException) -> str:
    """Say of what kind a fault is and where it arose, its causes included, and nothing of its own words.

    An exception's text may quote whatever it stumbled on: a secret, a resident's number. One line an
    exception, the innermost frame last.
    """
    lines: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(lines) < _MAX_CAUSES:
        frames = traceback.StackSummary.extract(
            traceback.walk_tb(cause.__traceback__), limit=-_MAX_FRAMES, lookup_lines=False
        )
        places = (f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames)
        lines.append(" > ".join((type(cause).__qualname__, *places)))
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "\n".join(lines)
