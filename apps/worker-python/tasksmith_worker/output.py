"""Lines that a run prints or logs, cut to what the protocol allows (docs/worker-protocol.md, section 5)."""

from __future__ import annotations

import codecs
import os
import selectors
import time
from typing import Callable, List

from .outcome import to_bytes

MAX_LINE = 4_000
MAX_LINES = 1_000


class Transcript:
    """The lines of one run that have not been sent yet; never more than the run may send."""

    def __init__(self) -> None:
        self._lines: List[dict] = []
        self._taken = 0
        self._dropped = 0

    @property
    def is_full(self) -> bool:
        return self._taken >= MAX_LINES

    @property
    def has_lines(self) -> bool:
        return bool(self._lines)

    def add(self, stream: str, text: str) -> None:
        """One line; a longer one becomes several."""
        for start in range(0, len(text) or 1, MAX_LINE):
            if self.is_full:
                self._dropped += 1
            else:
                self._take(stream, text[start : start + MAX_LINE])

    def drop(self, lines: int) -> None:
        self._dropped += lines

    def report(self) -> bytes:
        """The lines so far as a `logged` report."""
        lines, self._lines = self._lines, []
        return to_bytes({"kind": "logged", "lines": lines})

    def close(self) -> None:
        if self._dropped:
            self._append("log", f"{self._dropped} more lines were dropped: a run may send {MAX_LINES}")
            self._dropped = 0

    def _take(self, stream: str, text: str) -> None:
        self._taken += 1
        self._append(stream, text.replace("\0", "\ufffd"))

    def _append(self, stream: str, text: str) -> None:
        self._lines.append({"at": int(time.time() * 1000), "stream": stream, "text": text})


class OutputPipe:
    """Reads one of a slot's streams and cuts it into lines for the present run: in the worker's main loop while it listens, else on `drain`."""

    def __init__(
        self, selector: selectors.BaseSelector, descriptor: int, stream: str, transcript: Callable[[], "Transcript | None"]
    ) -> None:
        os.set_blocking(descriptor, False)
        self._selector = selector
        self._descriptor = descriptor
        self._stream = stream
        self._transcript = transcript
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._partial = ""
        self.is_open = True
        self.listens = False
        self.has_heard = False

    def listen(self) -> None:
        if self.is_open and not self.listens:
            self.listens = True
            self._selector.register(self._descriptor, selectors.EVENT_READ, self._ready)

    def ignore(self) -> None:
        if self.listens:
            self.listens = False
            self._selector.unregister(self._descriptor)

    def close(self) -> None:
        if self.is_open:
            self.ignore()
            self.is_open = False
            os.close(self._descriptor)

    def end_line(self) -> None:
        """What came after the last line break is a line when the run ends."""
        if not self._partial:
            return
        partial, self._partial = self._partial, ""
        transcript = self._transcript()
        if transcript is not None:
            transcript.add(self._stream, partial)

    def drain(self) -> None:
        """What a process left behind: a pipe holds 64 KiB. Not "until empty": its orphans may go on writing."""
        for _ in range(4):
            if not self.is_open or not self._ready():
                return

    def _ready(self, _: int = 0) -> bool:
        """One piece only: a flood must not keep the other slots waiting."""
        if not self.is_open:
            return False
        try:
            data = os.read(self._descriptor, 65536)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            data = b""
        if not data:
            self.close()
            return False
        self.has_heard = True
        self._take(data)
        return True

    def _take(self, data: bytes) -> None:
        transcript = self._transcript()
        if transcript is None:
            self._partial = ""
        elif transcript.is_full:
            transcript.drop(data.count(b"\n"))
            self._partial = ""
        else:
            self._cut(self._partial + self._decoder.decode(data), transcript)

    def _cut(self, text: str, transcript: "Transcript") -> None:
        *lines, rest = text.split("\n")
        for line in lines:
            transcript.add(self._stream, line[:-1] if line.endswith("\r") else line)
        while len(rest) > MAX_LINE:
            transcript.add(self._stream, rest[:MAX_LINE])
            rest = rest[MAX_LINE:]
        self._partial = rest
