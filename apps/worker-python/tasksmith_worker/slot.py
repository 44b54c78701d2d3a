"""The worker's side of one slot: the process that runs its jobs, batch by batch."""

from __future__ import annotations

import os
import selectors
import signal
import socket
from time import monotonic
from typing import Callable, List, Optional

from . import outcome
from .batch import Batch, Ended, Job
from .channel import Channel
from .depth import DEEPEST
from .frames import END, JOB, LOG, OUTCOME, PROGRESS, SECONDS, SPOKEN, FrameBuffer, frame
from .gate import Gate
from .output import OutputPipe, Transcript
from .reports import Reports
from .template import end_group

CLEAN_UP_SECONDS = 2.0
RESTART_SECONDS = 0.5
HOLD_UP_SECONDS = 0.02  # a job that takes this long holds up those behind it


class Slot:
    """`on_ended(job)`: before the slot is free. `on_returned(jobs)`: they have not begun here.
    `on_batch(jobs, seconds)`: how many ran one after the other, and how long they took."""

    def __init__(
        self,
        number: int,
        selector: selectors.BaseSelector,
        template: socket.socket,
        on_ended: Callable[[Ended], None],
        on_returned: Callable[[List[Job]], None],
        on_batch: Callable[[int, float], None],
    ) -> None:
        self.number = number
        self.pid = 0
        self.batch: Optional[Batch] = None
        self.restart_at: Optional[float] = None
        self._has_died = False
        self._has_run = False
        self._selector = selector
        self._template = template
        self._on_ended = on_ended
        self._on_returned = on_returned
        self._on_batch = on_batch

    def start(self) -> None:
        """Asks the template for a process; jobs may be sent at once."""
        here, there = socket.socketpair()
        out_read, out_write = os.pipe()
        err_read, err_write = os.pipe()
        self.restart_at = None
        self._has_run = False
        self._frames = FrameBuffer()
        self._channel = Channel(self._selector, here, self._received, self._closed, listens=False)
        self._gate = Gate(self._selector, self._channel.drain)
        self._streams = [
            OutputPipe(self._selector, out_read, "stdout", self._transcript),
            OutputPipe(self._selector, err_read, "stderr", self._transcript),
        ]
        theirs = [there.fileno(), self._gate.slot_end.fileno(), out_write, err_write]
        socket.send_fds(self._template, [self.number.to_bytes(4, "big")], theirs)
        there.close()
        os.close(out_write)
        os.close(err_write)

    def room(self, depth: int) -> int:
        """How many jobs it takes. One while it listens: of several it would not know whose lines it hears."""
        if self.batch is not None or self._has_died or self.restart_at is not None:
            return 0
        return 1 if self._listens else depth

    def run(self, jobs: List[Job]) -> None:
        self.batch = Batch(jobs)
        self._gate.allow(len(jobs))
        self._channel.write(b"".join([frame(JOB, job.payload) for job in jobs]) + frame(END, b""))

    def interrupt(self, job_ids: List[bytes], reason: str, clean_up: float = CLEAN_UP_SECONDS) -> None:
        """Lets the task clean up; after `clean_up` seconds `check` kills it. What has not begun does not begin. Safe to call again."""
        if self.batch is None or not any(job_id in job_ids for job_id in self.batch.job_ids):
            return
        self._revoke(self.batch)
        self._channel.drain()
        batch = self.batch
        if batch is None or batch.present is None or batch.present.id not in job_ids or batch.stopping:
            return
        batch.stopping = reason
        batch.kill_at = monotonic() + clean_up
        if self.pid:
            send_signal(self.pid, signal.SIGUSR1)

    def check(self, now: float) -> None:
        """Now and then: hears what the bell has not rung for, and looks after a job that takes its time."""
        self._channel.drain()
        batch = self.batch
        if batch is None:
            return self._drain_streams()  # of nobody: threads that a task left behind may go on
        if not self._listens and now - batch.started > HOLD_UP_SECONDS:
            self._revoke(batch, batch.waiting)  # the present job may not have begun yet: it keeps its leave
            self._channel.drain()
            for stream in self._streams:
                stream.listen()
        if self.batch is not None and self.batch.present is not None:
            self._check_limits(self.batch, now)

    def kill(self) -> None:
        if self.pid:
            end_group(self.pid)

    def exited(self, status: int) -> None:
        """The process is gone. What it said before is heard first: the job may have ended properly."""
        self.pid = 0
        self._has_died = True
        self._channel.drain()
        if self.batch is not None:
            self._died(self.batch, outcome.exit_detail(status))

    def replace(self) -> None:
        """A process that died without having run anything would die again: not at once, then."""
        self.close()
        self._has_died = False
        if self._has_run:
            self.start()
        else:
            self.postpone()

    def postpone(self) -> None:
        self.restart_at = monotonic() + RESTART_SECONDS

    def close(self) -> None:
        self._channel.close()
        self._gate.close()
        for stream in self._streams:
            stream.close()

    @property
    def _listens(self) -> bool:
        return any(stream.listens for stream in self._streams)

    def _drain_streams(self) -> None:
        for stream in self._streams:
            stream.drain()

    def _transcript(self) -> Optional[Transcript]:
        reports = self._reports()
        return reports.transcript if reports else None

    def _reports(self) -> Optional[Reports]:
        batch = self.batch
        if batch is None or batch.present is None:
            return None
        if batch.reports is None:
            batch.reports = Reports()
        return batch.reports

    def _received(self, data: bytes) -> None:
        for kind, body in self._frames.feed(data):
            if self.batch is None:
                continue
            if kind == OUTCOME:
                self._job_ended(self.batch, body[SECONDS.size :], SECONDS.unpack_from(body)[0])
            elif kind == END:
                self._batch_ended(self.batch, SECONDS.unpack(body)[0])
            elif kind == SPOKEN:
                self._drain_streams()
                self._job_ended(self.batch, body[SECONDS.size :], SECONDS.unpack_from(body)[0])
            else:
                self._reported(kind, body)

    def _reported(self, kind: int, body: bytes) -> None:
        reports = self._reports()
        if reports is not None and kind == PROGRESS:
            reports.progressed(body)
        elif reports is not None and kind == LOG:
            reports.logged(body.decode("utf-8", "replace"))

    def _job_ended(self, batch: Batch, said: bytes, at: float) -> None:
        """`on_ended` is told before the slot moves on, so that the job is held by somebody at every moment."""
        self._has_run = True
        for stream in self._streams:
            stream.end_line()
        if batch.reports is not None:
            batch.reports.transcript.close()
        self._on_ended(batch.end(said))
        batch.proceed(at)

    def _batch_ended(self, batch: Batch, seconds: float) -> None:
        """Early when a job has printed: then the slot is listened to, until one prints nothing."""
        self._revoke(batch)
        self.batch = None
        self._on_batch(batch.ended, seconds)
        has_spoken = any(stream.has_heard for stream in self._streams)
        for stream in self._streams:
            stream.has_heard = False
            stream.listen() if has_spoken else stream.ignore()

    def _revoke(self, batch: Batch, most: int = DEEPEST) -> None:
        """What has not begun never will. Once the channel is drained after this, we know which job is the present one."""
        kept = len(batch.jobs) - self._gate.revoke(most)
        rest = batch.jobs[kept:]
        del batch.jobs[kept:]
        if rest:
            self._on_returned(rest)

    def _check_limits(self, batch: Batch, now: float) -> None:
        if batch.stopping:
            if now >= batch.kill_at:
                self.kill()
        elif (now - batch.started) * 1000 >= batch.read_hard_limit():
            batch.stopping = "hard-limit"
            batch.kill_at = now
            self.kill()

    def _died(self, batch: Batch, detail: str) -> None:
        self._revoke(batch)
        self._drain_streams()
        if batch.present is not None:
            self._job_ended(batch, death_outcome(batch, detail), monotonic())
        self.batch = None

    def _closed(self) -> None:
        """A task closed the descriptor under us: end what is left, the exit does the rest."""
        self.kill()


def death_outcome(batch: Batch, detail: str) -> bytes:
    if batch.stopping == "hard-limit":
        return outcome.timed_out("hard", batch.read_hard_limit(), batch.duration_ms)
    if batch.stopping:
        return outcome.cancelled(batch.duration_ms)
    return outcome.crashed(detail, batch.duration_ms)


def send_signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except OSError:
        pass
