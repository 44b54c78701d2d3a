"""Between the worker and a slot: leave to begin jobs, one byte each, and in the other direction the bell.

Both sides can read the bytes of leave. Whoever reads one has it, so a job that the worker takes back has not begun and never will.
"""

from __future__ import annotations

import os
import selectors
import socket
from typing import Callable

RING = b"!"
MOST = 65536


class Gate:
    """The worker's side."""

    def __init__(self, selector: selectors.BaseSelector, on_ring: Callable[[], None]) -> None:
        self._selector = selector
        self._on_ring = on_ring
        self._is_open = True
        self._own_end, self.slot_end = socket.socketpair()
        for end in (self._own_end, self.slot_end):
            end.setblocking(False)
        selector.register(self._own_end, selectors.EVENT_READ, self._rung)

    def allow(self, jobs: int) -> None:
        self._own_end.send(bytes(jobs))

    def revoke(self, most: int) -> int:
        """Of how many jobs the leave was taken back."""
        try:
            return len(self.slot_end.recv(most))
        except BlockingIOError:
            return 0

    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            self._selector.unregister(self._own_end)
            self._own_end.close()
            self.slot_end.close()

    def _rung(self, _: int) -> None:
        if self._is_open:
            self._own_end.recv(MOST)
            self._on_ring()


def may_begin(slot_end: int) -> bool:
    """The slot's side: takes leave for one job."""
    try:
        return bool(os.read(slot_end, 1))
    except BlockingIOError:
        return False


def ring(slot_end: int) -> None:
    """The slot's side: there is something to hear."""
    try:
        os.write(slot_end, RING)
    except BlockingIOError:
        pass  # it is ringing already
