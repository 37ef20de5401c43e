"""Tailcall's binary out of its npm package, and its configurations of the public workload."""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

_HERE = Path(__file__).parent.parent / "tailcall"
_BINARY = _HERE / "node_modules/@tailcallhq/core-linux-x64-gnu/bin/tailcall"
CONFIGURATIONS = ("shared", "batched")

ENVIRONMENT = {"TAILCALL_TRACKER": "false"}
"""It would tell its makers of each start."""


def supported() -> bool:
    """Whether there is a binary for this machine."""
    return sys.platform == "linux" and platform.machine() == "x86_64"


def binary() -> Path:
    """Give the program, installing it from its lock file the first time."""
    lock = _HERE / "package-lock.json"
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not _BINARY.exists():
            tools = Path(sys.executable).parent
            subprocess.run(
                [
                    shutil.which("npm", path=tools) or "npm",
                    "ci",
                    "--ignore-scripts",
                    "--no-audit",
                    "--no-fund",
                ],
                cwd=_HERE,
                env={**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"},
                check=True,
                capture_output=True,
            )
    return _BINARY


def command(configuration: str, upstream: str, directory: Path, port: int) -> list[str]:
    """Write a configuration for a port and an upstream, and give the command that serves it."""
    text = (_HERE / f"{configuration}.graphql").read_text(encoding="utf-8")
    path = directory / f"tailcall-{configuration}-{port}.graphql"
    path.write_text(text.replace("PORT", str(port)).replace("UPSTREAM", upstream), encoding="utf-8")
    return [str(binary()), "start", str(path)]
