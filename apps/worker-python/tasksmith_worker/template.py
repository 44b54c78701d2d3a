"""The template: a process that has loaded the bundle and forks a slot whenever the worker asks for one.

The worker itself never runs a task's code, and a slot that died is replaced without loading the bundle again. When the worker
is gone, however it went, the template ends every slot with all that it started.

Requests: the number of the slot (four bytes) with four descriptors: socket, gate, stdout, stderr.
Answers, one a line: `ready` once, `forked <slot> <pid>`, `exited <slot> <pid> <wait status>`, `failed <slot> <reason>`.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
import threading
import traceback
from typing import Dict, List

from .bundle import Tasks, load_tasks
from .settings import Settings
from .slot_process import reset_signals, serve

CANNOT_LOAD = 78


def start_template(settings: Settings) -> "tuple[int, socket.socket]":
    """Forks it; answers its process id and the socket to it."""
    here, there = socket.socketpair()
    pid = os.fork()
    if pid:
        there.close()
        return pid, here
    here.close()
    run_template(settings, there)
    os._exit(0)


def run_template(settings: Settings, control: socket.socket) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # A task that returns its environment must not hand out the lane's password.
    os.environ.pop("REDIS_PASSWORD", None)
    Template(control, load_or_exit(settings)).serve()


def load_or_exit(settings: Settings) -> Tasks:
    os.dup2(2, 1)
    try:
        os.chdir(settings.bundle_dir)
        tasks = load_tasks(settings.bundle_dir, settings.entry)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(CANNOT_LOAD)
    if threading.active_count() > 1:
        print("tasksmith-worker: the bundle starts threads while it loads; tasks will not have them", file=sys.stderr)
    return tasks


class Template:
    def __init__(self, control: socket.socket, tasks: Tasks) -> None:
        self._control = control
        self._tasks = tasks
        self._slots: Dict[int, int] = {}

    def serve(self) -> None:
        """Until the worker closes its side."""
        gc.collect()
        gc.freeze()  # pages of the bundle stay shared between the slots
        self._bell, bell = os.pipe()
        for end in (self._bell, bell):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.set_wakeup_fd(bell)
        self._say("ready")
        while self._step():
            pass
        self._end_slots()

    def _step(self) -> bool:
        readable, _, _ = select.select([self._control, self._bell], [], [])
        if self._bell in readable:
            os.read(self._bell, 4096)
            self._bury()
        if self._control in readable:
            return self._answer_request()
        return True

    def _answer_request(self) -> bool:
        try:
            number, descriptors, _, _ = socket.recv_fds(self._control, 4, 4)
        except OSError:
            return False
        if len(number) < 4 or len(descriptors) < 4:
            return False
        self._fork_slot(int.from_bytes(number, "big"), descriptors)
        return True

    def _fork_slot(self, slot: int, descriptors: List[int]) -> None:
        try:
            pid = os.fork()
        except OSError as error:
            self._say(f"failed {slot} {error}")
            pid = -1
        if pid == 0:
            self._become_slot(descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        if pid > 0:
            set_group(pid)
            self._slots[pid] = slot
            self._say(f"forked {slot} {pid}")

    def _become_slot(self, descriptors: List[int]) -> None:
        """Never returns. A group of its own, so that whatever a task starts can be ended with it."""
        try:
            os.setpgid(0, 0)
            reset_signals()
            self._control.close()
            os.close(self._bell)
            serve(socket.socket(fileno=descriptors[0]), *descriptors[1:], self._tasks)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(70)

    def _bury(self) -> None:
        for pid in list(self._slots):
            # The group first: its number is certain to be ours only until the process is waited for.
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
                end_group(pid)
                _, status = os.waitpid(pid, 0)
                self._say(f"exited {self._slots.pop(pid)} {pid} {status}")

    def _say(self, text: str) -> None:
        try:
            self._control.sendall(text.encode() + b"\n")
        except OSError:
            pass  # the worker is gone; the next read says so

    def _end_slots(self) -> None:
        for pid in self._slots:
            end_group(pid)


def set_group(pid: int) -> None:
    """The slot does the same; whoever is first wins, so that neither has to wait."""
    try:
        os.setpgid(pid, pid)
    except OSError:
        pass


def end_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except OSError:
        pass
