"""The main loop of a worker: one thread that waits for slots, Redis and signals, and never runs a task's code.

1. Something is ready: a slot's bell has rung, Redis has answered, a signal or a heartbeat's answer came.
   Jobs that ended become outcomes of the exchange.
2. Now and then: limits, reports that are due, answers that are overdue, slots to replace, how far a shutdown is.
3. The exchange settles what waits and claims for every free slot, in one round trip.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import time
from collections import deque
from typing import Any, Deque, List, Optional

from .batch import Ended, Job
from .exchange import Exchange
from .heartbeat import Heartbeat
from .inbox import Inbox
from .link import complain
from .pool import Pool, dispatch
from .settings import Settings
from .shutdown import Shutdown

BUSY_TICK = 0.05
IDLE_TICK = 1.0


class Worker:
    def __init__(self, settings: Settings, template: socket.socket) -> None:
        self._selector = selectors.DefaultSelector()
        self._inbox = Inbox(self._selector)
        self._pool = Pool(settings.concurrency, self._selector, template, self._settle, self._take_back, self._template_gone)
        self._exchange = Exchange(settings, self._selector, self._inbox, self._want, self._start)
        self._heartbeat = Heartbeat(settings, self._held, self._beaten)
        self._shutdown = Shutdown(settings.stop_timeout_ms / 1000)
        self._backlog: Deque[Job] = deque()
        self._to_return: List[bytes] = []
        self._next_tick = 0.0
        self._has_left = False

    def run(self) -> int:
        """Until a signal ends it; answers the exit status."""
        self._listen_to_signals()
        self._heartbeat.start()
        self._exchange.open()
        while not self._has_left:
            dispatch(self._selector, self._patience())
            if time.monotonic() >= self._next_tick or self._shutdown.is_quiet:
                self._tick(time.monotonic())
            self._run_backlog()
            self._exchange.pump()
        self._exchange.close()
        self._pool.kill_all()
        return self._shutdown.exit_code

    def _patience(self) -> float:
        """How long to wait for something to happen."""
        return BUSY_TICK if self._pool.is_busy or not self._exchange.is_idle or self._shutdown.is_quiet else IDLE_TICK

    def _want(self) -> int:
        return 0 if self._shutdown.is_quiet else max(0, self._pool.room - len(self._backlog))

    def _start(self, jobs: List[Job]) -> None:
        if self._shutdown.is_quiet:
            return self._exchange.release([job.id for job in jobs])
        self._backlog.extend(jobs)
        self._run_backlog()
        self._next_tick = min(self._next_tick, time.monotonic() + BUSY_TICK)

    def _run_backlog(self) -> None:
        """A slot may have died between the claim and its answer; its jobs wait here for the next."""
        if not self._shutdown.is_quiet:
            self._pool.run(self._backlog)

    def _settle(self, ended: Ended) -> None:
        """What becomes of a job that is over depends on why it is."""
        if ended.stopping == "lost":
            return
        if ended.stopping == "returned" and ended.outcome.startswith(b'{"kind":"cancelled"'):
            self._to_return.append(ended.job.id)
            return
        self._exchange.settle(ended.job.id, ended.outcome, ended.reports.take(0) if ended.reports else [])

    def _take_back(self, jobs: List[Job]) -> None:
        """They have not begun."""
        self._backlog.extendleft(reversed(jobs))

    def _hand_back(self, job_ids: Optional[List[bytes]] = None) -> None:
        """Those of them that the backlog has, or all that it has. While Redis is away they stay there."""
        if self._backlog and self._exchange.is_up:
            returned = [job for job in self._backlog if job_ids is None or job.id in job_ids]
            self._exchange.release([job.id for job in returned])
            self._backlog = deque(job for job in self._backlog if job not in returned)

    def _tick(self, now: float) -> None:
        self._pool.check(now)
        self._run_backlog()
        self._hand_back()  # longer jobs have all slots: what still waits is for other workers
        self._exchange.check(now)
        self._send_reports(now)
        self._stop_further(now)
        self._heartbeat.look()
        reap_orphans()
        self._next_tick = now + (BUSY_TICK if self._pool.is_busy else IDLE_TICK)

    def _send_reports(self, now: float) -> None:
        for slot in self._pool.slots:
            batch = slot.batch
            if batch is not None and batch.reports is not None and self._exchange.is_up and batch.reports.are_due(now):
                self._exchange.report(batch.present.id, batch.reports.take(now))

    def _held(self) -> List[bytes]:
        """For the heartbeat's thread. In the order in which jobs move on, so that none is missed on its way."""
        return [job.id for job in list(self._backlog)] + self._pool.held() + list(self._exchange.unsettled)

    def _beaten(self, lost: List[bytes], cancelled: List[bytes]) -> None:
        """In the heartbeat's thread."""
        if lost or cancelled:
            self._inbox.post(lambda: self._obey(lost, cancelled))

    def _obey(self, lost: List[bytes], cancelled: List[bytes]) -> None:
        self._pool.interrupt(lost, "lost")
        self._pool.interrupt(cancelled, "cancelled")
        self._backlog = deque(job for job in self._backlog if job.id not in lost)
        self._hand_back(cancelled)  # Redis settles them

    def _listen_to_signals(self) -> None:
        signal.set_wakeup_fd(self._inbox.ring, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._shutdown.ask())

    def _stop_further(self, now: float) -> None:
        if self._shutdown.begins(now):
            self._exchange.stop_waiting()
        if self._shutdown.must_hand_back(now):
            self._pool.interrupt_all("returned", self._shutdown.clean_up_seconds)
        if self._shutdown.gives_up(now):
            self._has_left = True
        elif self._shutdown.is_quiet and not self._shutdown.leaves and self._is_done():
            self._leave()

    def _is_done(self) -> bool:
        return not self._pool.is_busy and self._exchange.is_idle

    def _leave(self) -> None:
        self._shutdown.leaves = True
        self._heartbeat.stop()
        if not self._exchange.is_up:
            self._has_left = True  # nobody to say goodbye to; the silence and the leases tell the platform
            return
        self._exchange.release(self._to_return)
        self._exchange.leave(self._left)

    def _left(self, _: Any) -> None:
        self._has_left = True

    def _template_gone(self) -> None:
        """Slots cannot be replaced any more: settle what is lost and let the platform start another worker."""
        if not self._shutdown.is_quiet:
            complain("the template process has died; stopping")
            self._shutdown.exit_code = 1
            self._shutdown.ask()


def reap_orphans() -> Optional[int]:
    """In a container the worker is process 1, and what tasks leave behind becomes its child."""
    try:
        pid, _ = os.waitpid(-1, os.WNOHANG)
        return pid
    except ChildProcessError:
        return None
