"""The slots of a worker, and the template that makes their processes."""

from __future__ import annotations

import selectors
import socket
from typing import Callable, Deque, List, Optional

from .batch import Ended, Job
from .channel import Channel
from .depth import next_depth
from .link import complain
from .slot import Slot


class Pool:
    """`on_ended(job)`: what became of it; the pool holds it until this returns. `on_returned(jobs)`: these have not begun in the slot
    that had them. `on_gone`: the template has died, and with it the means to replace slots."""

    def __init__(
        self,
        size: int,
        selector: selectors.BaseSelector,
        template: socket.socket,
        on_ended: Callable[[Ended], None],
        on_returned: Callable[[List[Job]], None],
        on_gone: Callable[[], None],
    ) -> None:
        self._depth = 1
        self._text = b""
        self._on_gone = on_gone
        self.slots = [Slot(number, selector, template, on_ended, on_returned, self._batch_over) for number in range(size)]
        for slot in self.slots:
            slot.start()
        # Requests are few bytes at a time of which the template never falls behind; only the answers need the loop.
        self._template = Channel(selector, template, self._heard, self._template_gone)

    @property
    def room(self) -> int:
        """How many jobs the free slots can take."""
        return sum(slot.room(self._depth) for slot in self.slots)

    @property
    def is_busy(self) -> bool:
        return any(slot.batch is not None for slot in self.slots)

    def held(self) -> List[bytes]:
        """Ids of the jobs that slots have. Also called by the heartbeat's thread."""
        present = [slot.batch for slot in self.slots]
        return [job_id for batch in present if batch is not None for job_id in batch.job_ids]

    def run(self, jobs: Deque[Job]) -> None:
        """As many of these as there is room for. Wakes as few slots as the depth allows."""
        for slot in self.slots:
            count = min(slot.room(self._depth), len(jobs))
            if count:
                slot.run([jobs.popleft() for _ in range(count)])

    def interrupt(self, job_ids: List[bytes], reason: str) -> None:
        for slot in self.slots:
            slot.interrupt(job_ids, reason)

    def interrupt_all(self, reason: str, clean_up: float) -> None:
        for slot in self.slots:
            slot.interrupt(self.held(), reason, clean_up)

    def kill_all(self) -> None:
        for slot in self.slots:
            slot.kill()

    def check(self, now: float) -> None:
        for slot in self.slots:
            slot.check(now)
            if slot.restart_at is not None and now >= slot.restart_at:
                slot.start()

    def _batch_over(self, jobs: int, seconds: float) -> None:
        self._depth = next_depth(self._depth, jobs, seconds)

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
            slot.replace()
        elif word == "failed":
            complain(f"slot {slot.number} cannot be started: {detail}")
            slot.postpone()

    def _template_gone(self) -> None:
        self.kill_all()
        for slot in self.slots:
            slot.exited(9)
        self._on_gone()


def dispatch(selector: selectors.BaseSelector, timeout: Optional[float]) -> None:
    """One round of the main loop."""
    for key, events in selector.select(timeout):
        key.data(events)  # does nothing when an earlier event of this round has closed it
