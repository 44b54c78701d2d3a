"""`python -m tasksmith_worker`: serves a lane. `--describe`: prints the tasks of the bundle."""

from __future__ import annotations

import os
import socket
import sys
import traceback
from typing import List

from .settings import BadSettings, Settings, read_settings
from .template import CANNOT_LOAD, start_template

BAD_USAGE = 64


def main(arguments: List[str]) -> int:
    if arguments not in ([], ["--describe"]):
        print("usage: python -m tasksmith_worker [--describe]", file=sys.stderr)
        return BAD_USAGE
    try:
        settings = read_settings(needs_queue=not arguments)
    except BadSettings as error:
        print(error, file=sys.stderr)
        return BAD_USAGE
    return describe(settings) if arguments else work(settings)


def describe(settings: Settings) -> int:
    from .describe import print_description

    try:
        print_description(settings)
        return 0
    except BaseException:
        traceback.print_exc()
        return CANNOT_LOAD


def work(settings: Settings) -> int:
    pid, template = start_template(settings)  # first of all: a fork must not meet threads or connections
    if not is_ready(template):
        _, status = os.waitpid(pid, 0)
        return CANNOT_LOAD if status else 0

    from .loop import Worker

    return Worker(settings, template).run()


def is_ready(template: socket.socket) -> bool:
    """False: the template has ended, its reason is on stderr."""
    answer = b""
    while not answer.endswith(b"\n"):
        data = template.recv(1)
        if not data:
            return False
        answer += data
    return answer == b"ready\n"


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # neither daemon threads nor what a described bundle has left may delay the end
