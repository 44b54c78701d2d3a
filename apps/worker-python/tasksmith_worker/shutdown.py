"""How far a worker is with stopping (docs/worker-protocol.md, section 6.6)."""

from __future__ import annotations

from typing import Optional

CLEAN_UP_SECONDS = 0.5
PATIENCE_SECONDS = 1.5  # with the default time-out of 8 s the worker is gone before the 10 s that container engines give


class Shutdown:
    """Quiet: nothing new, running jobs go on until `hand_back_at`. Then they are interrupted and handed back. After
    `give_up_at` the worker goes whatever is left: Redis cannot be reached, and the leases tell the platform."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._asked = 0
        self._hand_back_at: Optional[float] = None
        self.hands_back = False
        self.leaves = False
        self.exit_code = 0

    def ask(self) -> None:
        """Asked twice: at once. Safe to call from a signal handler."""
        self._asked += 1

    @property
    def is_quiet(self) -> bool:
        return self._asked > 0

    def begins(self, now: float) -> bool:
        """True once."""
        if self._hand_back_at is not None or not self.is_quiet:
            return False
        self._hand_back_at = now + self._timeout
        return True

    def must_hand_back(self, now: float) -> bool:
        """True once."""
        if self._hand_back_at is None or self.hands_back or (now < self._hand_back_at and self._asked < 2):
            return False
        self._hand_back_at = min(now, self._hand_back_at)
        self.hands_back = True
        return True

    def gives_up(self, now: float) -> bool:
        return self._hand_back_at is not None and now > self._hand_back_at + PATIENCE_SECONDS

    @property
    def clean_up_seconds(self) -> float:
        return CLEAN_UP_SECONDS if self._asked < 2 else 0.0
