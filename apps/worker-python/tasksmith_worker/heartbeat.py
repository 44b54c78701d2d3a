"""Heartbeats, from a thread and over a connection of their own: nothing that tasks do delays them."""

from __future__ import annotations

import json
import threading
import time
from typing import Any, Callable, List, Optional

from . import VERSION, resp
from .settings import Settings

OnBeat = Callable[[List[bytes], List[bytes]], None]


class Heartbeat:
    """`held()` gives the ids of the jobs now held; `on_beat(lost, cancelled)` gets what Redis answered, in this thread."""

    def __init__(self, settings: Settings, held: Callable[[], List[bytes]], on_beat: OnBeat) -> None:
        self._settings = settings
        self._held = held
        self._on_beat = on_beat
        self._started_at = int(time.time() * 1000)
        self._stopped = threading.Event()
        self._client: Optional[resp.Client] = None
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """No beat follows: one after the goodbye would bring the worker back to the list."""
        self._stopped.set()
        self._thread.join(1.0)

    def _run(self) -> None:
        every = self._settings.heartbeat_ms / 1000
        next_at = time.monotonic()
        while not self._stopped.wait(max(0.0, next_at - time.monotonic())):
            beaten = self._beat()
            # After a failure soon again: leases run out while Redis cannot hear us.
            next_at = max(next_at + every, time.monotonic()) if beaten else time.monotonic() + min(every, 0.2)

    def _beat(self) -> bool:
        try:
            answer = self._call()
        except (OSError, resp.RedisError):
            self._disconnect()
            return False
        self._on_beat(*answer)
        return True

    def _call(self) -> Any:
        if self._client is None:
            patience = max(1.0, min(5.0, self._settings.lease_ms / 2000))
            self._client = resp.Client(resp.connect(self._settings, patience))
        held = self._held()
        settings = self._settings
        return self._client.call(
            "FCALL", "ts_heartbeat", 1, settings.prefix, settings.worker_id, settings.lease_ms, self._info(len(held)), *held
        )

    def _info(self, running: int) -> str:
        return json.dumps(
            {
                "runtime": "python",
                "slots": self._settings.concurrency,
                "running": min(running, self._settings.concurrency),
                "startedAt": self._started_at,
                "version": VERSION,
            }
        )

    def _disconnect(self) -> None:
        if self._client is not None:
            self._client.sock.close()
            self._client = None
