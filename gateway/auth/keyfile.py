"""Key files: secrets under GATEWAY_STATE_DIR, made once, by one of however many processes."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from gateway.sources import ConfigurationError


def read_or_make(path: Path, make: Callable[[], bytes]) -> bytes:
    """Give a key file's content, made if there is none; ConfigurationError where it cannot be kept safely.

    It is whole or not there: whoever loses the race to make it reads the winner's.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _make(path, make())
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise ConfigurationError(
                    f"GATEWAY_STATE_DIR: {path} can be read by others; `chmod 600` it, or make a new one."
                )
            return file.read()
    except OSError as error:
        raise ConfigurationError(
            f"GATEWAY_STATE_DIR: {path} cannot be kept there: {error.strerror}."
        ) from error


def _make(path: Path, content: bytes) -> None:
    beside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        try:
            # A rename would put ours in place of one that another process uses already.
            path.hardlink_to(beside)
        except FileExistsError:
            return
    finally:
        beside.unlink()
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
