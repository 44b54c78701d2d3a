"""Messages between the worker and its slots: four bytes of length, one of kind, then the body."""

from __future__ import annotations

import struct
from typing import List, Tuple

JOB = 0x6A  # j: to the slot, the payload as it came from Redis
END = 0x65  # e: to the slot, the batch has no more jobs; from the slot, it is over: how many seconds it took
OUTCOME = 0x6F  # o: from the slot, when the job ended, then its outcome as Redis gets it
SPOKEN = 0x73  # s: as `OUTCOME`, and the streams hold what the job has printed
PROGRESS = 0x70  # p: from the slot, a `progressed` report as Redis gets it
LOG = 0x6C  # l: from the slot, text of the log

HEADER = struct.Struct("!IB")
SECONDS = struct.Struct("!d")  # a point in time is one of the monotonic clock, which all processes share
Frame = Tuple[int, bytes]


def frame(kind: int, body: bytes) -> bytes:
    return HEADER.pack(len(body), kind) + body


class FrameBuffer:
    """Collects bytes, gives complete frames."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> List[Frame]:
        buffer = self._buffer + data if self._buffer else data
        frames: List[Frame] = []
        start = 0
        while len(buffer) - start >= 5:
            length, kind = HEADER.unpack_from(buffer, start)
            end = start + 5 + length
            if len(buffer) < end:
                break
            frames.append((kind, buffer[start + 5 : end]))
            start = end
        self._buffer = buffer[start:]
        return frames
