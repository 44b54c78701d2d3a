"""A socket in the worker's main loop: writes never block, what arrives is handed on: at once or, without `listens`, on `drain`."""

from __future__ import annotations

import selectors
import socket
from typing import Callable

READ = selectors.EVENT_READ
WRITE = selectors.EVENT_WRITE


class Channel:
    def __init__(
        self,
        selector: selectors.BaseSelector,
        sock: socket.socket,
        on_data: Callable[[bytes], None],
        on_close: Callable[[], None],
        listens: bool = True,
    ) -> None:
        sock.setblocking(False)
        self.is_open = True
        self._selector = selector
        self._sock = sock
        self._on_data = on_data
        self._on_close = on_close
        self._unsent = b""
        self._idle_events = READ if listens else 0
        self._events = 0
        self._watch(self._idle_events)

    def write(self, data: bytes) -> None:
        if self._unsent:
            self._unsent += data
            return
        sent = self._send(data)
        if self.is_open and sent < len(data):
            self._unsent = data[sent:]
            self._watch(self._idle_events | WRITE)

    def close(self) -> None:
        """Without telling `on_close`. Safe to call twice."""
        if self.is_open:
            self._watch(0)
            self.is_open = False
            self._sock.close()

    def drain(self) -> None:
        """Hands on what has arrived already: a socket holds less than this. Not "until empty": the other side may go on writing."""
        for _ in range(8):
            if not self.is_open or not self._receive():
                return

    def _ready(self, events: int) -> None:
        if events & WRITE and self.is_open:
            self._flush()
        if events & READ and self.is_open:
            self._receive()

    def _flush(self) -> None:
        self._unsent = self._unsent[self._send(self._unsent) :]
        if self.is_open and not self._unsent:
            self._watch(self._idle_events)

    def _watch(self, events: int) -> None:
        """A selector knows no "nothing": then it does not know the socket."""
        if self._events and events:
            self._selector.modify(self._sock, events, self._ready)
        elif events:
            self._selector.register(self._sock, events, self._ready)
        elif self._events:
            self._selector.unregister(self._sock)
        self._events = events

    def _send(self, data: bytes) -> int:
        try:
            return self._sock.send(data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError:
            self._broken()
            return len(data)

    def _receive(self) -> bool:
        """Whether there may be more."""
        try:
            data = self._sock.recv(65536)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            data = b""
        if data:
            self._on_data(data)
            return True
        self._broken()
        return False

    def _broken(self) -> None:
        if self.is_open:
            self.close()
            self._on_close()
