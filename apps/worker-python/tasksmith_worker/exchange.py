"""The worker's dealings with its lane: outcomes and reports go in, jobs come out.

One `ts_work` is under way at a time: what finishes meanwhile travels with the next, so batches grow with the load.
The wait for jobs (BRPOP) has a connection of its own, so that an outcome never stands behind it.
"""

from __future__ import annotations

import selectors
import time
from typing import Any, Callable, Dict, Iterable, List, NamedTuple, Optional

from .batch import Job
from .inbox import Inbox
from .link import Link, complain
from .resp import RedisError
from .settings import Settings

RETRY_SECONDS = 0.2
WAKE_SECONDS = 2
COMPLAIN_SECONDS = 5.0


class Result(NamedTuple):
    outcome: bytes
    reports: List[bytes]


class Exchange:
    """`want()`: how many jobs could start now. `on_claimed(jobs)`: those that Redis gave."""

    def __init__(
        self,
        settings: Settings,
        selector: selectors.BaseSelector,
        inbox: Inbox,
        want: Callable[[], int],
        on_claimed: Callable[[List[Job]], None],
    ) -> None:
        self.unsettled: Dict[bytes, Result] = {}
        self._prefix = settings.prefix.encode()
        self._worker = settings.worker_id.encode()
        self._lease = b"%d" % settings.lease_ms
        self._want = want
        self._on_claimed = on_claimed
        self._link = Link(settings, selector, inbox, self._up, self._down)
        self._wake = Link(settings, selector, inbox, self._up, self._wake_down)
        self._travelling: Optional[List[bytes]] = None
        self._may_claim = True
        self._must_offer = False
        self._waits = False
        self._retry_at = 0.0
        self._complained_at = 0.0

    def open(self) -> None:
        self._link.open()
        self._wake.open()

    def close(self) -> None:
        self._link.close()
        self._wake.close()

    @property
    def is_up(self) -> bool:
        return self._link.is_up

    @property
    def is_idle(self) -> bool:
        return not self.unsettled and self._travelling is None

    def settle(self, job_id: bytes, outcome: bytes, reports: List[bytes]) -> None:
        """Kept until Redis has it, however long that takes."""
        self.unsettled[job_id] = Result(outcome, reports)

    def forget(self, job_ids: Iterable[bytes]) -> None:
        for job_id in job_ids:
            self.unsettled.pop(job_id, None)

    def report(self, job_id: bytes, reports: List[bytes]) -> None:
        words = [word for report in reports for word in (job_id, report)]
        self._call(ignore, b"ts_report", *words)

    def release(self, job_ids: List[bytes]) -> None:
        if job_ids and self._link.is_up:
            self._call(ignore, b"ts_release", *job_ids)

    def leave(self, on_left: Callable[[Any], None]) -> None:
        if self._link.is_up:
            self._call(on_left, b"ts_leave")

    def stop_waiting(self) -> None:
        """No more wake-ups; one taken already is offered to others."""
        self._wake.close()
        self._waits = False
        self._must_offer = True

    def check(self, now: float) -> None:
        self._link.check(now)
        self._wake.check(now)

    def pump(self) -> None:
        """Sends what there is to send. Cheap when there is nothing."""
        if self._travelling is not None or not self._link.is_up:
            return
        want = self._want()
        if self.unsettled or self._must_offer or (want and self._may_claim):
            if time.monotonic() >= self._retry_at:
                self._work(want)
        elif want and not self._waits and self._wake.is_up:
            self._wait_for_wake()

    def _work(self, want: int) -> None:
        travelling = list(self.unsettled)
        for job_id in travelling:
            if self.unsettled[job_id].reports:
                self.report(job_id, self.unsettled[job_id].reports)
        self._travelling = travelling
        self._must_offer = False
        words: List[bytes] = []
        for job_id in travelling:
            words += (job_id, self.unsettled[job_id].outcome)
        self._call(lambda answer: self._worked(want, answer), b"ts_work", self._lease, b"%d" % want, *words)

    def _worked(self, want: int, answer: Any) -> None:
        travelled, self._travelling = self._travelling or [], None
        if isinstance(answer, RedisError):
            return self._failed(answer)
        self.forget(travelled)
        claimed = answer[1]
        self._may_claim = want > 0 and len(claimed) == 2 * want
        if claimed:
            self._on_claimed([Job(claimed[n], claimed[n + 1]) for n in range(0, len(claimed), 2)])

    def _failed(self, error: RedisError) -> None:
        """A missing function means that Redis has just been restarted; other refusals may pass too."""
        now = time.monotonic()
        self._may_claim = True
        self._retry_at = now + RETRY_SECONDS
        if not error.is_missing_function and now - self._complained_at > COMPLAIN_SECONDS:
            self._complained_at = now
            complain(f"Redis refuses ts_work: {error}")

    def _wait_for_wake(self) -> None:
        self._waits = True
        self._wake.call(self._woken, b"BRPOP", self._prefix + b"wake", WAKE_SECONDS, patience=WAKE_SECONDS + 5.0)

    def _woken(self, answer: Any) -> None:
        self._waits = False
        self._may_claim = True
        if isinstance(answer, RedisError):
            return self._failed(answer)
        if answer is not None and not self._want():
            self._must_offer = True  # all slots are taken meanwhile: `ts_work` puts the token back for others

    def _call(self, on_answer: Callable[[Any], None], name: bytes, *words: bytes) -> None:
        self._link.call(on_answer, b"FCALL", name, b"1", self._prefix, self._worker, *words)

    def _up(self) -> None:
        self._may_claim = True

    def _down(self) -> None:
        self._travelling = None

    def _wake_down(self) -> None:
        self._waits = False


def ignore(_: Any) -> None:
    pass
