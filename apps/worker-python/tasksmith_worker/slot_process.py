"""The process of one slot: runs the jobs that the worker sends, one after another.

Each outcome is sent before the next job begins, so that a crash takes no other's along. But the bell, which wakes the worker, rings once
for a batch, or when an outcome has waited for a millisecond. A job that has printed ends its batch: the streams have no other
way to say whose the lines are.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import socket
import sys
import termios
import threading
from fcntl import ioctl
from time import monotonic
from typing import Iterator, Optional

from tasksmith.run import Reporter

from . import outcome
from .bundle import Tasks
from .execution import run_job
from .frames import END, JOB, LOG, OUTCOME, PROGRESS, SECONDS, SPOKEN, Frame, FrameBuffer, frame
from .gate import may_begin, ring
from .limits import Interrupts

GATHER_SECONDS = 0.001
EMPTY = bytes(4)


def serve(sock: socket.socket, gate: int, stdout: int, stderr: int, tasks: Tasks) -> None:
    """Never returns: the process ends when the worker closes its side."""
    take_over_streams(stdout, stderr)
    line = LineToWorker(sock, gate)
    Reporter.progressed = line.progressed
    Reporter.logged = line.logged
    logging.getLogger().addHandler(RunLogHandler(line))
    logging.getLogger().setLevel(logging.INFO)
    goes_on = True
    for kind, body in frames(sock):
        if kind == END:
            line.ended()
            goes_on = True
        elif goes_on:
            goes_on = may_begin(gate) and run_next(body, tasks, line)
    os._exit(0)


def run_next(payload: bytes, tasks: Tasks, line: "LineToWorker") -> bool:
    """Whether another job may follow."""
    began = monotonic()
    result = run_job(payload, tasks, line.interrupts)
    if os.getpid() != line.pid:
        os._exit(0)  # a task has forked and its child came back here; only one may report
    flush_streams()
    has_spoken = has_output(1) or has_output(2)
    line.settled(SPOKEN if has_spoken else OUTCOME, result, began)
    return not has_spoken


def take_over_streams(stdout: int, stderr: int) -> None:
    """Descriptors 1 and 2, so that C code and sub-processes are heard too."""
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((null, 0), (stdout, 1), (stderr, 2)):
        os.dup2(source, target)
        os.close(source)
    sys.stdout = sys.__stdout__ = open(1, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)
    sys.stderr = sys.__stderr__ = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)


def flush_streams() -> None:
    """A task may have closed or replaced them."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass


def has_output(descriptor: int) -> bool:
    """Whether the pipe holds what the worker has not read. A task may have closed it."""
    try:
        return ioctl(descriptor, termios.FIONREAD, EMPTY) != EMPTY
    except OSError:
        return False


def frames(sock: socket.socket) -> Iterator[Frame]:
    received = FrameBuffer()
    while True:
        data = sock.recv(65536)
        if not data:
            return
        yield from received.feed(data)


class LineToWorker:
    """Sends frames whole: one thread at a time, not interrupted by a limit. The worker listens when the bell rings, and now and then."""

    def __init__(self, sock: socket.socket, gate: int) -> None:
        self.interrupts = Interrupts()
        self.pid = os.getpid()
        self._sock = sock
        self._gate = gate
        self._lock = threading.Lock()
        self._busy = 0.0
        self._untold_since: Optional[float] = None

    def settled(self, kind: int, result: bytes, began: float) -> None:
        now = monotonic()
        self._busy += now - began
        self._send(kind, SECONDS.pack(now) + result)
        if self._untold_since is None:
            self._untold_since = now
        elif now - self._untold_since > GATHER_SECONDS:
            self._ring()

    def ended(self) -> None:
        """The batch is over."""
        self._send(END, SECONDS.pack(self._busy))
        self._busy = 0.0
        self._ring()

    def send(self, kind: int, body: bytes) -> None:
        if threading.current_thread() is threading.main_thread():
            self.interrupts.hold()
            try:
                self._send(kind, body)
            finally:
                self.interrupts.release()
        else:
            self._send(kind, body)

    def _send(self, kind: int, body: bytes) -> None:
        if os.getpid() == self.pid:  # what a task's own children say would tear our frames
            with self._lock:
                self._send_whole(frame(kind, body))

    def _send_whole(self, data: bytes) -> None:
        while data:
            try:
                data = data[self._sock.send(data, socket.MSG_DONTWAIT) :]
            except BlockingIOError:
                ring(self._gate)
                wait_for_room(self._sock)

    def _ring(self) -> None:
        self._untold_since = None
        ring(self._gate)

    def progressed(self, fraction: float, message: Optional[str]) -> None:
        self.send(PROGRESS, outcome.to_bytes({"kind": "progressed", "fraction": fraction, "message": message}))

    def logged(self, text: str) -> None:
        self.send(LOG, text.encode("utf-8", "replace"))


def wait_for_room(sock: socket.socket) -> None:
    poll = select.poll()
    poll.register(sock, select.POLLOUT)
    poll.poll()


class RunLogHandler(logging.Handler):
    """Records of the logging module, as lines of the run's log."""

    def __init__(self, line: LineToWorker) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
        self._line = line

    def emit(self, record: logging.LogRecord) -> None:
        if Reporter.job is None:
            return
        try:
            self._line.logged(self.format(record))
        except Exception:
            self.handleError(record)


def reset_signals() -> None:
    """What the template had for itself is not for tasks."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
