"""Interrupts a running task, inside its own process: the soft limit by SIGALRM, a cancel by SIGUSR1."""

from __future__ import annotations

import _signal  # what `signal` offers looks up enum members in each call, which shows in every job
import signal
from collections.abc import Coroutine
from typing import Any, Optional

from tasksmith.errors import SoftTimeLimitExceeded, TaskCancelled

SIGALRM, SIGUSR1, ITIMER_REAL = int(signal.SIGALRM), int(signal.SIGUSR1), int(signal.ITIMER_REAL)


class Interrupts:
    """Raises in the main thread, between `arm` and `disarm` and never while `hold` is taken."""

    def __init__(self) -> None:
        self.armed = False
        self.was_cancelled = False
        self._held = 0
        self._pending: Optional[BaseException] = None
        self._coroutine: Optional[InterruptibleCoroutine] = None
        self._soft_limit_ms = 0.0
        self._on_alarm = self._soft_limit_passed
        self._on_cancel = self._cancel_asked

    def arm(self, soft_limit_ms: float) -> None:
        # The task before may have put its own handlers there.
        if _signal.getsignal(SIGALRM) is not self._on_alarm:
            _signal.signal(SIGALRM, self._on_alarm)
        if _signal.getsignal(SIGUSR1) is not self._on_cancel:
            _signal.signal(SIGUSR1, self._on_cancel)
        self.was_cancelled = False
        self._pending = None
        self._soft_limit_ms = soft_limit_ms
        self.armed = True
        if soft_limit_ms > 0:
            _signal.setitimer(ITIMER_REAL, soft_limit_ms / 1000)

    def disarm(self) -> None:
        self.armed = False
        _signal.setitimer(ITIMER_REAL, 0)

    def hold(self) -> None:
        """A message to the worker must not be torn apart by an exception."""
        self._held += 1

    def release(self) -> None:
        self._held -= 1
        if self._pending is not None and not self._held:
            pending, self._pending = self._pending, None
            self._interrupt(pending)

    def run_coroutine(self, coroutine: Any) -> Any:
        import asyncio  # only for bundles that need it: it is slow to load

        self._coroutine = InterruptibleCoroutine(coroutine)
        try:
            return asyncio.run(self._coroutine)
        finally:
            self._coroutine = None

    def _soft_limit_passed(self, *_: Any) -> None:
        if self.armed:
            self._interrupt(SoftTimeLimitExceeded(f"the soft limit of {self._soft_limit_ms:g} ms has passed"))

    def _cancel_asked(self, *_: Any) -> None:
        if self.armed:
            self.was_cancelled = True
            self._interrupt(TaskCancelled("the run was cancelled"))

    def _interrupt(self, error: BaseException) -> None:
        if self._held:
            self._pending = error
        elif self._coroutine is not None and self._coroutine.is_waiting:
            self._coroutine.interrupt(error)
        else:
            raise error


class InterruptibleCoroutine(Coroutine):
    """A coroutine that, while it waits, can be woken with an error of our choice.

    Cancelling the asyncio task is what wakes it; the CancelledError is exchanged for the error on its way in.
    """

    def __init__(self, coroutine: Any) -> None:
        self._coroutine = coroutine
        self._error: Optional[BaseException] = None
        self._task: Any = None

    @property
    def is_waiting(self) -> bool:
        return self._task is not None and not self._coroutine.cr_running

    def interrupt(self, error: BaseException) -> None:
        assert self._task is not None
        self._error = error
        self._task.get_loop().call_soon_threadsafe(self._task.cancel)

    def send(self, value: Any) -> Any:
        if self._task is None:
            import asyncio

            self._task = asyncio.current_task()
        return self._coroutine.send(value)

    def throw(self, kind: Any, value: Any = None, trace: Any = None) -> Any:
        if self._error is not None:
            error, self._error = self._error, None
            if hasattr(self._task, "uncancel"):  # Python 3.11
                self._task.uncancel()
            return self._coroutine.throw(error)
        return self._coroutine.throw(kind if value is None else value)

    def close(self) -> None:
        self._coroutine.close()

    def __await__(self) -> Any:
        return self
