"""The slots of a worker, and the template that makes their processes."""

from __future__ import annotations

import selectors
import socket
from typing import Callable, List, Optional

from .channel import Channel
from .link import complain
from .slot import Job, Running, Slot


class Pool:
    """`on_gone`: the template has died, and with it the means to replace slots."""

    def __init__(self, size: int, selector: selectors.BaseSelector, template: socket.socket, on_gone: Callable[[], None]) -> None:
        self._selector = selector
        self._finished: List[Slot] = []
        self._text = b""
        self._on_gone = on_gone
        self.slots = [Slot(number, selector, template, self._finished.append) for number in range(size)]
        for slot in self.slots:
            slot.start()
        # Requests are few bytes at a time of which the template never falls behind; only the answers need the loop.
        self._template = Channel(selector, template, self._heard, self._template_gone)

    def free(self) -> int:
        return sum(slot.is_free for slot in self.slots)

    @property
    def is_busy(self) -> bool:
        return any(slot.running is not None for slot in self.slots)

    def held(self) -> List[bytes]:
        """Ids of the running jobs. Also called by the heartbeat's thread."""
        present = [slot.running for slot in self.slots]
        return [running.job.id for running in present if running is not None]

    def run(self, job: Job) -> None:
        next(slot for slot in self.slots if slot.is_free).run(job)

    def interrupt(self, job_ids: List[bytes], reason: str) -> None:
        for slot in self.slots:
            if slot.running is not None and slot.running.job.id in job_ids:
                slot.interrupt(reason)

    def interrupt_all(self, reason: str, clean_up: float) -> None:
        for slot in self.slots:
            slot.interrupt(reason, clean_up)

    def kill_all(self) -> None:
        for slot in self.slots:
            slot.kill()

    @property
    def has_finished(self) -> bool:
        return bool(self._finished)

    def take_finished(self, settle: Callable[[Running], None]) -> None:
        """A slot writes its last lines before its outcome, to other descriptors: one more look at those before the job counts
        as over. `settle` is told before the slot is free, so that the job is held by somebody at every moment."""
        batch = self._finished[:]
        dispatch(self._selector, 0)
        del self._finished[: len(batch)]
        for slot in batch:
            self._finish(slot, settle)

    def check(self, now: float) -> None:
        for slot in self.slots:
            slot.check_limits(now)
            if slot.restart_at is not None and now >= slot.restart_at:
                slot.start()

    def _finish(self, slot: Slot, settle: Callable[[Running], None]) -> None:
        if slot.running is not None and slot.running.outcome is not None:
            slot.end_lines()
            settle(slot.running)
            slot.running = None
        if slot.has_died:
            slot.replace()

    def _heard(self, data: bytes) -> None:
        *lines, self._text = (self._text + data).split(b"\n")
        for line in lines:
            word, number, *rest = line.decode().split(" ", 2)
            self._news(word, self.slots[int(number)], rest[0] if rest else "")

    def _news(self, word: str, slot: Slot, detail: str) -> None:
        if word == "forked":
            slot.pid = int(detail)
        elif word == "exited":
            slot.exited(int(detail.split()[1]))
            self._finished.append(slot)
        elif word == "failed":
            complain(f"slot {slot.number} cannot be started: {detail}")
            slot.postpone()

    def _template_gone(self) -> None:
        self.kill_all()
        for slot in self.slots:
            slot.exited(9)
        self._finished.extend(self.slots)
        self._on_gone()


def dispatch(selector: selectors.BaseSelector, timeout: Optional[float]) -> None:
    """One round of the main loop."""
    for key, events in selector.select(timeout):
        key.data(events)  # does nothing when an earlier event of this round has closed it
