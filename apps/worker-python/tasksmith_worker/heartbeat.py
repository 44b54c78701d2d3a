"""Heartbeats, from a thread and over a connection of their own: nothing that tasks do delays them."""

from __future__ import annotations

import json
import threading
import time
from typing import Any, Callable, List, Optional, Set

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
        self._seen: Set[bytes] = set()
        self._told: Set[bytes] = set()
        self._soon = threading.Event()
        self._is_stopped = False
        self._client: Optional[resp.Client] = None
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def look(self) -> None:
        """To be called every 50 ms while jobs run: one that two looks find has started, and the next beat, at once, tells of it."""
        held = set(self._held())
        if (held & self._seen) - self._told:
            self._soon.set()
        self._seen = held

    def stop(self) -> None:
        """No beat follows: one after the goodbye would bring the worker back to the list."""
        self._is_stopped = True
        self._soon.set()
        self._thread.join(1.0)

    def _run(self) -> None:
        every = self._settings.heartbeat_ms / 1000
        next_at = time.monotonic()
        while True:
            is_early = self._soon.wait(max(0.0, next_at - time.monotonic()))
            self._soon.clear()
            if self._is_stopped:
                return
            beaten = self._beat()
            now = time.monotonic()
            # After a failure soon again: leases run out while Redis cannot hear us.
            next_at = now + min(every, 0.2) if not beaten else now + every if is_early else max(next_at + every, now)

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
        answer = self._client.call(
            "FCALL", "ts_heartbeat", 1, settings.prefix, settings.worker_id, settings.lease_ms, self._info(len(held)), *held
        )
        self._told = set(held)
        return answer

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
