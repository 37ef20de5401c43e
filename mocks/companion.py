"""The simulators as another command's companion: they are there while it runs, and go with it."""

import os
import signal
import subprocess
from collections.abc import Sequence
from types import FrameType

from mocks.environment import environment
from mocks.server import RunningMocks
from mocks.world import World


def run_with(command: Sequence[str], world: World, port: int) -> int:
    """Run `command` with the simulators' credentials in its environment; gives its exit code."""
    with (
        RunningMocks(world, port=port),
        subprocess.Popen(list(command), env={**environment(), **os.environ}) as process,  # noqa: S603  # the user's own command
    ):

        def pass_on(number: int, _: FrameType | None) -> None:
            # Ctrl-C reaches the whole foreground group: the command has it already.
            if number != signal.SIGINT:
                process.send_signal(number)

        signal.signal(signal.SIGINT, pass_on)
        signal.signal(signal.SIGTERM, pass_on)
        return process.wait()
