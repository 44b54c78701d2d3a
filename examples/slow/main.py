"""A task that takes its time, says how far it is, and stops in good order when time is up."""

import time
from typing import TypedDict

from tasksmith import SoftTimeLimitExceeded, progress, task


class Work(TypedDict):
    steps: int
    complete: bool


@task
def slow(steps: int = 10, step_ms: int = 500) -> Work:
    """Works in steps, reports progress after each, and returns what it has when the soft limit passes.

    Args:
        steps: how many steps to take
        step_ms: how long one takes, in milliseconds
    """
    done = 0
    try:
        while done < steps:
            time.sleep(step_ms / 1000)
            done += 1
            progress(done / steps, f"step {done} of {steps}")
    except SoftTimeLimitExceeded:
        return {"steps": done, "complete": False}
    return {"steps": done, "complete": True}
