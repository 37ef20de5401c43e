"""Replica: by what name a gateway process is known in the ledger, and who goes on when one is gone.

A name belongs to the state directory and a number: whoever starts takes the lowest number that no living
process of the directory holds. A process that was killed and starts again thus takes up its own commands.
"""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4

from gateway.replica.files import Lock

_MOST = 1000


class Identity:
    """A name that no other living process has, until it is released."""

    def __init__(self, name: str, lock: Lock) -> None:
        self.name = name
        self._lock = lock

    @classmethod
    def take(cls, state_dir: Path) -> Identity:
        """Take the lowest number that is free; RuntimeError where too many are taken."""
        directory = state_dir / "commands"
        directory.mkdir(parents=True, exist_ok=True)
        place = _place(directory / "place")
        for number in range(_MOST):
            lock = Lock.take(directory / f"{number}.lock")
            if lock is not None:
                return cls(f"{place}-{number}", lock)
        raise RuntimeError(f"more than {_MOST} gateways share {directory}")

    def release(self) -> None:
        """Let the next process have the name."""
        self._lock.release()


def _place(path: Path) -> str:
    """Give the directory's own name, made by whoever comes first."""
    mine = path.with_name(f"place.{os.getpid()}.{uuid4().hex[:8]}")
    mine.write_text(uuid4().hex, encoding="ascii")
    try:
        os.link(mine, path)
    except FileExistsError:
        pass
    finally:
        mine.unlink()
    return path.read_text(encoding="ascii")
