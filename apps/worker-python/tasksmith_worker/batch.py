"""The jobs that a slot has now, and what is known of the one that is next to end."""

from __future__ import annotations

import json
from time import monotonic
from typing import List, NamedTuple, Optional

from .reports import Reports


class Job(NamedTuple):
    id: bytes
    payload: bytes


class Ended(NamedTuple):
    """`stopping` is why it was ended early, if it was: cancelled, lost, returned or hard-limit."""

    job: Job
    outcome: bytes
    reports: Optional[Reports]
    stopping: Optional[str]


class Batch:
    """Jobs that a slot runs one after the other. `present` is the first that has not ended; what is below it here is about that one."""

    __slots__ = ("jobs", "ended", "started", "reports", "stopping", "kill_at", "_hard_limit_ms")

    def __init__(self, jobs: List[Job]) -> None:
        self.jobs = jobs
        self.ended = 0
        self._turn_to_next(monotonic())

    @property
    def present(self) -> Optional[Job]:
        return self.jobs[self.ended] if self.ended < len(self.jobs) else None

    @property
    def waiting(self) -> int:
        """How many jobs are behind the present one."""
        return max(0, len(self.jobs) - self.ended - 1)

    @property
    def job_ids(self) -> List[bytes]:
        return [job.id for job in self.jobs[self.ended :]]

    @property
    def duration_ms(self) -> float:
        return (monotonic() - self.started) * 1000

    def end(self, said: bytes) -> Ended:
        return Ended(self.jobs[self.ended], said, self.reports, self.stopping)

    def proceed(self, at: float) -> None:
        self.ended += 1
        self._turn_to_next(at)

    def read_hard_limit(self) -> float:
        """Only of jobs that take long enough to be looked at: the payload of a quick one is never parsed here."""
        if self._hard_limit_ms is None:
            self._hard_limit_ms = float(json.loads(self.jobs[self.ended].payload).get("hardLimitMs") or 0) or float("inf")
        return self._hard_limit_ms

    def _turn_to_next(self, at: float) -> None:
        self.started = at
        self.reports: Optional[Reports] = None
        self.stopping: Optional[str] = None
        self.kill_at = 0.0
        self._hard_limit_ms: Optional[float] = None
