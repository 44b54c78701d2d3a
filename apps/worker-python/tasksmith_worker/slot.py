"""The worker's side of one slot: the process that runs its jobs, and the job it runs now."""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
from time import monotonic
from typing import Callable, NamedTuple, Optional

from . import outcome
from .channel import Channel
from .frames import JOB, LOG, OUTCOME, PROGRESS, FrameBuffer, frame
from .output import OutputPipe, Transcript
from .reports import Reports
from .template import end_group

CLEAN_UP_SECONDS = 2.0
RESTART_SECONDS = 0.5


class Job(NamedTuple):
    id: bytes
    payload: bytes


class Running:
    """A job in its slot. `stopping` is why it is being ended early: cancelled, lost, returned or hard-limit."""

    __slots__ = ("job", "started", "reports", "outcome", "hard_limit_ms", "stopping", "kill_at")

    def __init__(self, job: Job) -> None:
        self.job = job
        self.started = monotonic()
        self.reports = Reports()
        self.outcome: Optional[bytes] = None
        self.hard_limit_ms: Optional[float] = None
        self.stopping: Optional[str] = None
        self.kill_at = 0.0

    @property
    def duration_ms(self) -> float:
        return (monotonic() - self.started) * 1000

    def read_hard_limit(self) -> float:
        """Only of jobs that take long enough to be looked at: the payload of a quick one is never parsed here."""
        if self.hard_limit_ms is None:
            self.hard_limit_ms = float(json.loads(self.job.payload).get("hardLimitMs") or 0) or float("inf")
        return self.hard_limit_ms


class Slot:
    """`on_outcome(slot)`: the job has ended; the slot is free once `running` is None again."""

    def __init__(
        self, number: int, selector: selectors.BaseSelector, template: socket.socket, on_outcome: Callable[["Slot"], None]
    ) -> None:
        self.number = number
        self.pid = 0
        self.running: Optional[Running] = None
        self.restart_at: Optional[float] = None
        self.has_died = False
        self._ran = 0
        self._selector = selector
        self._template = template
        self._on_outcome = on_outcome

    def start(self) -> None:
        """Asks the template for a process; jobs may be sent at once."""
        here, there = socket.socketpair()
        out_read, out_write = os.pipe()
        err_read, err_write = os.pipe()
        self.restart_at = None
        self._ran = 0
        self.frames = FrameBuffer()
        self.channel = Channel(self._selector, here, self._received, self._closed)
        self.streams = [
            OutputPipe(self._selector, out_read, "stdout", self._transcript),
            OutputPipe(self._selector, err_read, "stderr", self._transcript),
        ]
        socket.send_fds(self._template, [self.number.to_bytes(4, "big")], [there.fileno(), out_write, err_write])
        there.close()
        os.close(out_write)
        os.close(err_write)

    @property
    def is_free(self) -> bool:
        return self.running is None and not self.has_died and self.restart_at is None

    def run(self, job: Job) -> None:
        self.running = Running(job)
        self._ran += 1
        self.channel.write(frame(JOB, job.payload))

    def end_lines(self) -> None:
        """The present job is over: so are its last line and its transcript."""
        assert self.running is not None
        for stream in self.streams:
            stream.end_line()
        self.running.reports.transcript.close()

    def interrupt(self, reason: str, clean_up: float = CLEAN_UP_SECONDS) -> None:
        """Lets the task clean up; after `clean_up` seconds `check_limits` kills it. Safe to call again."""
        running = self.running
        if running is None or running.stopping:
            return
        running.stopping = reason
        running.kill_at = monotonic() + clean_up
        if self.pid:
            send_signal(self.pid, signal.SIGUSR1)

    def check_limits(self, now: float) -> None:
        running = self.running
        if running is None or running.outcome is not None:
            return
        if running.stopping:
            if now >= running.kill_at:
                self.kill()
        elif (now - running.started) * 1000 >= running.read_hard_limit():
            running.stopping = "hard-limit"
            running.kill_at = now
            self.kill()

    def kill(self) -> None:
        if self.pid:
            end_group(self.pid)

    def exited(self, status: int) -> None:
        """The process is gone. What it said before is heard first: the job may have ended properly."""
        self.pid = 0
        self.channel.drain()
        for stream in self.streams:
            stream.drain()
        if self.running is not None:
            self._ended(self.running, death_outcome(self.running, outcome.exit_detail(status)))
        self.has_died = True

    def replace(self) -> None:
        """A process that died without having run anything would die again: not at once, then."""
        self.close()
        self.has_died = False
        if self._ran:
            self.start()
        else:
            self.postpone()

    def postpone(self) -> None:
        self.restart_at = monotonic() + RESTART_SECONDS

    def close(self) -> None:
        self.channel.close()
        for stream in self.streams:
            stream.close()

    def _transcript(self) -> Optional[Transcript]:
        return self.running.reports.transcript if self.running else None

    def _received(self, data: bytes) -> None:
        for kind, body in self.frames.feed(data):
            if self.running is None:
                continue
            if kind == OUTCOME:
                self._ended(self.running, body)
            elif kind == PROGRESS:
                self.running.reports.progressed(body)
            elif kind == LOG:
                self.running.reports.logged(body.decode("utf-8", "replace"))

    def _ended(self, running: Running, said: bytes) -> None:
        """The first word counts: a process that dies after its outcome has still done the job."""
        if running.outcome is None:
            running.outcome = said
            self._on_outcome(self)

    def _closed(self) -> None:
        """A task closed the descriptor under us: end what is left, the exit does the rest."""
        self.kill()


def death_outcome(running: Running, detail: str) -> bytes:
    if running.stopping == "hard-limit":
        return outcome.timed_out("hard", running.read_hard_limit(), running.duration_ms)
    if running.stopping:
        return outcome.cancelled(running.duration_ms)
    return outcome.crashed(detail, running.duration_ms)


def send_signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except OSError:
        pass
