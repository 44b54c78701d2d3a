"""The process of one slot: runs the jobs that the worker sends, one after another."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
from typing import Optional

from tasksmith.run import Reporter

from . import outcome
from .bundle import Tasks
from .execution import run_job
from .frames import LOG, OUTCOME, PROGRESS, FrameBuffer, frame
from .limits import Interrupts


def serve(sock: socket.socket, stdout: int, stderr: int, tasks: Tasks) -> None:
    """Never returns: the process ends when the worker closes its side."""
    take_over_streams(stdout, stderr)
    line = LineToWorker(sock)
    Reporter.progressed = line.progressed
    Reporter.logged = line.logged
    logging.getLogger().addHandler(RunLogHandler(line))
    logging.getLogger().setLevel(logging.INFO)
    own_pid = os.getpid()
    for payload in jobs(sock):
        result = run_job(payload, tasks, line.interrupts)
        if os.getpid() != own_pid:
            os._exit(0)  # a task has forked and its child came back here; only one may report
        flush_streams()
        line.send(OUTCOME, result)
    os._exit(0)


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


def jobs(sock: socket.socket):
    received = FrameBuffer()
    while True:
        data = sock.recv(65536)
        if not data:
            return
        for _, payload in received.feed(data):
            yield payload


class LineToWorker:
    """Sends frames whole: one thread at a time, not interrupted by a limit."""

    def __init__(self, sock: socket.socket) -> None:
        self.interrupts = Interrupts()
        self._sock = sock
        self._lock = threading.Lock()
        self._pid = os.getpid()

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
        if os.getpid() == self._pid:  # what a task's own children say would tear our frames
            with self._lock:
                self._sock.sendall(frame(kind, body))

    def progressed(self, fraction: float, message: Optional[str]) -> None:
        self.send(PROGRESS, outcome.to_bytes({"kind": "progressed", "fraction": fraction, "message": message}))

    def logged(self, text: str) -> None:
        self.send(LOG, text.encode("utf-8", "replace"))


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
