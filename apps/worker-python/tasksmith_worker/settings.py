"""Settings from the environment, read once (docs/worker-protocol.md, section 1)."""

from __future__ import annotations

import os
import socket
from typing import Dict, List, Mapping, NamedTuple, Optional


class Settings(NamedTuple):
    redis_host: str
    redis_port: int
    redis_username: Optional[str]
    redis_password: Optional[str]
    prefix: str
    worker_id: str
    concurrency: int
    lease_ms: int
    heartbeat_ms: int
    bundle_dir: str
    entry: Optional[str]
    stop_timeout_ms: int


class BadSettings(Exception):
    """Carries the full list of what is wrong."""


def read_settings(env: Mapping[str, str] = os.environ, *, needs_queue: bool = True) -> Settings:
    """Raises BadSettings. `needs_queue=False`: for `--describe`, which connects nowhere."""
    wrong: List[str] = []
    numbers = {name: whole_number(env, name, default, wrong) for name, default in NUMBERS.items()}
    prefix = env.get("TASKSMITH_QUEUE_PREFIX", "")
    if needs_queue and not prefix:
        wrong.append("TASKSMITH_QUEUE_PREFIX is missing: the key prefix of the lane, e.g. ts:{default/0192f0c1}:")
    if wrong:
        raise BadSettings("\n".join(wrong))
    return Settings(
        redis_host=env.get("REDIS_HOST") or "localhost",
        redis_port=numbers["REDIS_PORT"],
        redis_username=env.get("REDIS_USERNAME") or None,
        redis_password=env.get("REDIS_PASSWORD") or None,
        prefix=prefix,
        worker_id=env.get("TASKSMITH_WORKER_ID") or f"{socket.gethostname()}-{os.getpid()}",
        concurrency=numbers["TASKSMITH_CONCURRENCY"],
        lease_ms=numbers["TASKSMITH_LEASE_MS"],
        heartbeat_ms=numbers["TASKSMITH_HEARTBEAT_MS"],
        bundle_dir=os.path.abspath(env.get("TASKSMITH_BUNDLE_DIR") or "/app"),
        entry=env.get("TASKSMITH_ENTRY") or None,
        stop_timeout_ms=numbers["TASKSMITH_STOP_TIMEOUT_MS"],
    )


NUMBERS: Dict[str, int] = {
    "REDIS_PORT": 6379,
    "TASKSMITH_CONCURRENCY": 4,
    "TASKSMITH_LEASE_MS": 10_000,
    "TASKSMITH_HEARTBEAT_MS": 1_000,
    "TASKSMITH_STOP_TIMEOUT_MS": 8_000,
}


def whole_number(env: Mapping[str, str], name: str, default: int, wrong: List[str]) -> int:
    text = env.get(name) or str(default)
    if text.isdecimal() and (int(text) > 0 or name == "TASKSMITH_STOP_TIMEOUT_MS"):
        return int(text)
    wrong.append(f"{name} is {text!r}: it must be a whole number above 0")
    return default
