"""What a running job says meanwhile: collected, and due at most every 250 ms."""

from __future__ import annotations

from typing import List, Optional

from .output import Transcript

INTERVAL = 0.25


class Reports:
    """The unsent reports of one job. Of several progress reports only the last one counts."""

    def __init__(self) -> None:
        self.transcript = Transcript()
        self._progress: Optional[bytes] = None
        self._sent_at = 0.0

    def progressed(self, report: bytes) -> None:
        self._progress = report

    def logged(self, text: str) -> None:
        for line in text.split("\n"):
            self.transcript.add("log", line)

    def are_due(self, now: float) -> bool:
        return self.has_any and now - self._sent_at >= INTERVAL

    @property
    def has_any(self) -> bool:
        return self._progress is not None or self.transcript.has_lines

    def take(self, now: float) -> List[bytes]:
        self._sent_at = now
        taken = [self.transcript.report()] if self.transcript.has_lines else []
        if self._progress is not None:
            taken.append(self._progress)
            self._progress = None
        return taken
