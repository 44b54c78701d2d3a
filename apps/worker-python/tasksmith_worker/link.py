"""A connection to Redis in the main loop: pipelined, non-blocking, coming back by itself."""

from __future__ import annotations

import selectors
import socket
import sys
import threading
import time
from collections import deque
from typing import Any, Callable, Deque, Optional, Tuple

from . import resp
from .channel import Channel
from .inbox import Inbox
from .settings import Settings

ANSWER_SECONDS = 5.0
SHORTEST_PAUSE = 0.05
LONGEST_PAUSE = 2.0

OnAnswer = Callable[[Any], None]


class Link:
    """Calls are answered in order. When the connection breaks, calls under way are forgotten and `on_down` is told;
    `on_up` is told when there is a connection again."""

    def __init__(
        self, settings: Settings, selector: selectors.BaseSelector, inbox: Inbox, on_up: Callable[[], None], on_down: Callable[[], None]
    ) -> None:
        self._settings = settings
        self._selector = selector
        self._inbox = inbox
        self._on_up = on_up
        self._on_down = on_down
        self._channel: Optional[Channel] = None
        self._expected: Deque[Tuple[OnAnswer, float]] = deque()
        self._closed = False

    @property
    def is_up(self) -> bool:
        return self._channel is not None

    def open(self) -> None:
        """Connects in a thread of its own: looking up a name and logging in would hold up the loop."""
        threading.Thread(target=self._connect, daemon=True).start()

    def call(self, on_answer: OnAnswer, *words: resp.Word, patience: float = ANSWER_SECONDS) -> None:
        assert self._channel is not None
        self._expected.append((on_answer, time.monotonic() + patience))
        self._channel.write(resp.encode(*words))

    def check(self, now: float) -> None:
        """Gives up a connection on which Redis has been silent too long: the other side may be gone without a word."""
        if self._channel is not None and self._expected and now > self._expected[0][1]:
            self._channel.close()
            self._lost()

    def close(self) -> None:
        self._closed = True
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def _connect(self) -> None:
        pause = SHORTEST_PAUSE
        while not self._closed:
            try:
                sock = resp.connect(self._settings)
                return self._inbox.post(lambda: self._connected(sock))
            except (OSError, resp.RedisError) as error:
                if pause >= LONGEST_PAUSE:
                    complain(f"cannot reach Redis at {self._settings.redis_host}:{self._settings.redis_port}: {error}")
                time.sleep(pause)
                pause = min(LONGEST_PAUSE, pause * 2)

    def _connected(self, sock: socket.socket) -> None:
        if self._closed:
            return sock.close()
        self._parser = resp.Parser()
        self._channel = Channel(self._selector, sock, self._received, self._lost)
        self._on_up()

    def _received(self, data: bytes) -> None:
        for answer in self._parser.feed(data):
            on_answer, _ = self._expected.popleft()
            on_answer(answer)

    def _lost(self) -> None:
        self._channel = None
        self._expected.clear()
        self._on_down()
        if not self._closed:
            self.open()


def complain(text: str) -> None:
    print(f"tasksmith-worker: {text}", file=sys.stderr, flush=True)
