"""Redis's wire protocol, RESP2: commands to bytes, bytes to answers (https://redis.io/docs/latest/develop/reference/protocol-spec/)."""

from __future__ import annotations

import socket
from typing import Any, List, Optional, Tuple, Union

from .settings import Settings

Word = Union[bytes, str, int]


class RedisError(Exception):
    """An error that Redis answered."""

    @property
    def is_missing_function(self) -> bool:
        return "Function not found" in str(self)


class Incomplete(Exception):
    """The rest of the answer has not arrived yet."""


def encode(*words: Word) -> bytes:
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        raw = word if type(word) is bytes else str(word).encode()
        parts.append(b"$%d\r\n%b\r\n" % (len(raw), raw))
    return b"".join(parts)


class Parser:
    """Collects bytes, gives complete answers. Errors are given as RedisError values, not raised."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> List[Any]:
        buffer = self._buffer + data if self._buffer else data
        answers: List[Any] = []
        position = 0
        try:
            while position < len(buffer):
                answer, position = parse(buffer, position)
                answers.append(answer)
        except Incomplete:
            pass
        self._buffer = buffer[position:]
        return answers


def parse(buffer: bytes, start: int) -> Tuple[Any, int]:
    end = buffer.find(b"\r\n", start)
    if end < 0:
        raise Incomplete
    kind = buffer[start]
    after = end + 2
    if kind == 36:  # $, written out here because all that is long consists of it
        length = int(buffer[start + 1 : end])
        if length < 0:
            return None, after
        end = after + length
        if len(buffer) < end + 2:
            raise Incomplete
        return buffer[after:end], end + 2
    if kind == 42:  # *
        return array(buffer, int(buffer[start + 1 : end]), after)
    if kind == 58:  # :
        return int(buffer[start + 1 : end]), after
    if kind == 43:  # +
        return buffer[start + 1 : end], after
    if kind == 45:  # -
        return RedisError(buffer[start + 1 : end].decode(errors="replace")), after
    raise ConnectionError(f"Redis sent something that is not RESP2: {buffer[start : start + 20]!r}")


def array(buffer: bytes, length: int, position: int) -> Tuple[Optional[List[Any]], int]:
    if length < 0:
        return None, position
    members = []
    for _ in range(length):
        member, position = parse(buffer, position)
        members.append(member)
    return members, position


def connect(settings: Settings, timeout: float = 5.0) -> socket.socket:
    """An authenticated connection, blocking with `timeout` seconds. Raises OSError or RedisError."""
    sock = socket.create_connection((settings.redis_host, settings.redis_port), timeout)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        authenticate(sock, settings)
        return sock
    except BaseException:
        sock.close()
        raise


def authenticate(sock: socket.socket, settings: Settings) -> None:
    if settings.redis_password is None:
        return
    user = [settings.redis_username] if settings.redis_username else []
    Client(sock).call("AUTH", *user, settings.redis_password)


class Client:
    """Commands one at a time over a blocking socket."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._parser = Parser()

    def call(self, *words: Word) -> Any:
        """Raises RedisError for an error answer, OSError when the connection broke."""
        self.sock.sendall(encode(*words))
        while True:
            data = self.sock.recv(65536)
            if not data:
                raise ConnectionError("Redis closed the connection")
            answers = self._parser.feed(data)
            if answers:
                return self._checked(answers[0])

    @staticmethod
    def _checked(answer: Any) -> Any:
        if isinstance(answer, RedisError):
            raise answer
        return answer
