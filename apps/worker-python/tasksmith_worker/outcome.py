"""Outcomes as JSON (docs/worker-protocol.md, section 4)."""

from __future__ import annotations

import json
import signal
import traceback
from types import TracebackType
from typing import Any, Optional

MAX_RESULT_BYTES = 1024 * 1024
MAX_MESSAGE = 2_000
MAX_TRACEBACK = 8_000

encode_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def succeeded(result: Any, duration_ms: float) -> bytes:
    """A result that cannot be sent becomes a `failed`."""
    try:
        encoded = encode_json(result).encode()
    except (TypeError, ValueError, RecursionError) as error:
        return failed("ResultNotSerializable", f"the result is not JSON: {error}", duration_ms, retryable=False)
    if len(encoded) > MAX_RESULT_BYTES:
        said = f"the result has {len(encoded)} bytes as JSON; at most {MAX_RESULT_BYTES} are allowed"
        return failed("ResultTooLarge", said, duration_ms, retryable=False)
    return b'{"kind":"succeeded","result":%b,"durationMs":%.3f}' % (encoded, duration_ms)


def failed(kind: str, message: str, duration_ms: float, *, retryable: bool, trace: str = "") -> bytes:
    error = {"type": kind, "message": message[:MAX_MESSAGE], "traceback": trace[-MAX_TRACEBACK:]}
    return to_bytes({"kind": "failed", "error": error, "retryable": retryable, "durationMs": round(duration_ms, 3)})


def raised(error: BaseException, duration_ms: float, frames: Optional[TracebackType] = None) -> bytes:
    """`frames`: the part of the traceback that is the task's own."""
    retryable = getattr(error, "retryable", True) is not False
    return failed(type(error).__name__, message_of(error), duration_ms, retryable=retryable, trace=trace_of(error, frames))


def timed_out(limit: str, limit_ms: float, duration_ms: float) -> bytes:
    return to_bytes({"kind": "timed-out", "limit": limit, "limitMs": limit_ms, "durationMs": round(duration_ms, 3)})


def cancelled(duration_ms: float) -> bytes:
    return b'{"kind":"cancelled","durationMs":%.3f}' % duration_ms


def crashed(detail: str, duration_ms: float) -> bytes:
    return to_bytes({"kind": "crashed", "detail": detail, "durationMs": round(duration_ms, 3)})


def to_bytes(value: Any) -> bytes:
    return encode_json(value).encode("utf-8", "replace")


def message_of(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f"the task called exit({error.code!r})"
    try:
        return str(error)
    except Exception as second:
        return f"(its message cannot be shown: {type(second).__name__})"


def trace_of(error: BaseException, frames: Optional[TracebackType]) -> str:
    try:
        return "".join(traceback.format_exception(type(error), error, frames))
    except Exception:
        return "".join(traceback.format_tb(frames))


def exit_detail(status: int) -> str:
    """What a wait status says: `exit code 3`, `exit code 139 (SIGSEGV)`."""
    number = status & 0x7F
    if number:
        return f"exit code {128 + number} ({signal_name(number)})"
    return f"exit code {status >> 8}"


def signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
