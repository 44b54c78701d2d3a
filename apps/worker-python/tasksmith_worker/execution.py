"""Runs one job: from its payload to its outcome."""

from __future__ import annotations

import json
from time import perf_counter
from typing import Any

from tasksmith.errors import SoftTimeLimitExceeded
from tasksmith.registry import Task
from tasksmith.run import Reporter

from . import outcome
from .bundle import Tasks
from .limits import Interrupts


def run_job(payload: bytes, tasks: Tasks, interrupts: Interrupts) -> bytes:
    job = json.loads(payload.decode())  # given bytes, it first guesses their encoding
    task = tasks.get(job["task"])
    if task is None:
        said = f"the bundle has no task {job['task']!r}; it has {', '.join(sorted(tasks))}"
        return outcome.failed("TaskNotFound", said, 0, retryable=False)
    arguments = job["arguments"]
    misfit = task.misfit(arguments) if isinstance(arguments, dict) else "the arguments are not an object"
    if misfit:
        return outcome.failed("InvalidArguments", f"{task.name}: {misfit}", 0, retryable=False)
    return run_task(task, job, interrupts)


def run_task(task: Task, job: dict, interrupts: Interrupts) -> bytes:
    started = perf_counter()
    Reporter.job = job
    try:
        return attempt(task, job, interrupts, started)
    except BaseException as error:  # an interrupt between the lines of `attempt`
        interrupts.disarm()
        return outcome_of_error(error, job, interrupts, started)
    finally:
        Reporter.job = None


def attempt(task: Task, job: dict, interrupts: Interrupts, started: float) -> bytes:
    try:
        interrupts.arm(job.get("softLimitMs") or 0)
        if task.is_async:
            result = interrupts.run_coroutine(task.function(**job["arguments"]))
        else:
            result = task.function(**job["arguments"])
        interrupts.disarm()
    except BaseException as error:
        interrupts.disarm()
        return outcome_of_error(error, job, interrupts, started)
    duration_ms = milliseconds_since(started)
    return outcome.cancelled(duration_ms) if interrupts.was_cancelled else outcome.succeeded(result, duration_ms)


def outcome_of_error(error: BaseException, job: dict, interrupts: Interrupts, started: float) -> bytes:
    duration_ms = milliseconds_since(started)
    if interrupts.was_cancelled:
        return outcome.cancelled(duration_ms)
    if isinstance(error, SoftTimeLimitExceeded):
        return outcome.timed_out("soft", job["softLimitMs"], duration_ms)
    return outcome.raised(error, duration_ms, own_frames(error))


def own_frames(error: BaseException) -> Any:
    """The traceback without the worker's frame on top."""
    trace = error.__traceback__
    return trace.tb_next if trace is not None and trace.tb_next is not None else trace


def milliseconds_since(started: float) -> float:
    return (perf_counter() - started) * 1000
