"""Files: where a copy lies, what its name means, how one that is of no use is put away.

The name holds a fingerprint of all that decides what a copy is of: connector, address, options, tables.
What it was made for by another release or configuration is therefore another file, and both can be in use
while one release takes the other's place.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

import msgspec

from connectors.kit import Feed
from gateway.replica.layout import FORMAT
from gateway.sources import ConfigurationError, SourceConfig

_BESIDE = ("", "-wal", "-shm")
"""SQLite's own files beside a database in WAL mode."""
_ASIDE = ".damaged"


class Lock:
    """Held by the one process that consumes a source's feeds; the kernel takes it from one that ends."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, path: Path) -> Self | None:
        """Take the lock if nobody has it."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(descriptor).st_ino == path.stat().st_ino:
                return cls(descriptor)
            # Another put the file away between our two steps: what we hold guards nothing.
        except (BlockingIOError, FileNotFoundError):
            pass
        os.close(descriptor)
        return None

    def release(self) -> None:
        """Let another take it."""
        os.close(self._descriptor)


def prepare(state_dir: Path) -> Path:
    """Make the directory of the copies; ConfigurationError where they cannot be kept there."""
    directory = state_dir / "replicas"
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"GATEWAY_STATE_DIR: {directory} cannot be made: {error.strerror}."
        ) from error
    if not os.access(directory, os.W_OK | os.X_OK):
        raise ConfigurationError(f"GATEWAY_STATE_DIR: {directory} cannot be written.")
    return directory


def path_of(directory: Path, config: SourceConfig, feeds: Sequence[Feed]) -> Path:
    """Give the file of a source's copy."""
    tables = [(feed.name, feed.tables) for feed in feeds]
    made_for = (FORMAT, config.connector, config.url, config.options, tables)
    fingerprint = hashlib.sha256(msgspec.json.encode(made_for, order="deterministic")).hexdigest()
    return directory / f"{config.id}.{fingerprint[:12]}.sqlite3"


def lock_of(path: Path) -> Path:
    """Give the file whose lock stands for a copy."""
    return path.with_suffix(".lock")


def put_away_others(path: Path) -> None:
    """Remove the copies that other releases or configurations made of the source and nobody uses."""
    source = path.name.partition(".")[0]
    ours = re.compile(rf"{re.escape(source)}\.[0-9a-f]{{12}}\.sqlite3")
    for other in path.parent.iterdir():
        if other == path or not ours.fullmatch(other.name):
            continue
        if (lock := Lock.take(lock_of(other))) is None:
            continue
        try:
            for suffix in _BESIDE:
                other.with_name(other.name + suffix).unlink(missing_ok=True)
            other.with_suffix(_ASIDE).unlink(missing_ok=True)
            lock_of(other).unlink()
        finally:
            lock.release()


def set_aside(path: Path) -> Path:
    """Put a damaged or foreign file where it can be looked at, in place of an earlier one.

    Only for who holds the lock. Whoever has the file open reads on in it until he sees the new one.
    """
    aside = path.with_suffix(_ASIDE)
    with suppress(FileNotFoundError):
        path.replace(aside)
    # What belongs to the old file must not be replayed into the new one.
    for suffix in _BESIDE[1:]:
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return aside
