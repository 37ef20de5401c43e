"""`python -m bench.feed [ITEMS]`: a long feed, a million items unless said otherwise.

It is served on one core and consumed on the other. Prints as JSON what docs/performance.md shows of it.
"""

from __future__ import annotations

import os
import subprocess
import sys

from bench.feed.serving import serving
from bench.process import ROOT


def main() -> None:
    """Serve and consume."""
    count = sys.argv[1] if len(sys.argv) > 1 else "1000000"
    cores = sorted(os.sched_getaffinity(0))
    with serving(int(count), cores[-1]) as feed:
        subprocess.run(
            [sys.executable, "-m", "bench.feed.consuming", feed.url, count],
            cwd=ROOT,
            check=True,
            preexec_fn=lambda: os.sched_setaffinity(0, {cores[0]}),  # only sets the core
        )


if __name__ == "__main__":
    main()
