"""How other threads reach the main loop: they leave a call, the loop makes it."""

from __future__ import annotations

import os
import selectors
from collections import deque
from typing import Callable, Deque


class Inbox:
    def __init__(self, selector: selectors.BaseSelector) -> None:
        self._calls: Deque[Callable[[], None]] = deque()
        self._bell, self.ring = os.pipe()
        for end in (self._bell, self.ring):
            os.set_blocking(end, False)
        selector.register(self._bell, selectors.EVENT_READ, self._answer)

    def post(self, call: Callable[[], None]) -> None:
        self._calls.append(call)
        try:
            os.write(self.ring, b"\0")
        except BlockingIOError:
            pass  # it is ringing already

    def _answer(self, _: int) -> None:
        os.read(self._bell, 4096)
        while self._calls:
            self._calls.popleft()()
