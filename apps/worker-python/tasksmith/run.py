"""The run that a task is part of, and what the task can say about it while it lasts."""

from __future__ import annotations

import sys
from typing import Any, Callable, NamedTuple, Optional


class Run(NamedTuple):
    """One attempt of one run. `attempt` counts from 1; limits are milliseconds."""

    id: str
    attempt: int
    task: str
    soft_limit_ms: int
    hard_limit_ms: int
    traceparent: Optional[str]


class Reporter:
    """Where progress and log lines go: to the worker when there is one."""

    job: Optional[dict] = None
    progressed: Optional[Callable[[float, Optional[str]], None]] = None
    logged: Optional[Callable[[str], None]] = None


def current_run() -> Run:
    """The run that is being worked on. Raises LookupError outside of one."""
    job: Any = Reporter.job
    if job is None:
        raise LookupError("current_run() was called outside of a run")
    return Run(
        job["run"], job["attempt"], job["task"], job.get("softLimitMs", 0), job.get("hardLimitMs", 0), job.get("traceparent")
    )


def progress(fraction: float, message: Optional[str] = None) -> None:
    """Tells how far the task is: `fraction` from 0 to 1 (values outside are clamped). Does nothing outside of a run."""
    if Reporter.job is not None and Reporter.progressed is not None:
        Reporter.progressed(min(1.0, max(0.0, float(fraction))), None if message is None else str(message))


def log(message: object) -> None:
    """Adds a line to the log of the run; outside of one, to stderr."""
    if Reporter.job is not None and Reporter.logged is not None:
        Reporter.logged(str(message))
    else:
        print(message, file=sys.stderr)
