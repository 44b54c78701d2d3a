"""Errors that a task raises or gets."""


class TaskError(Exception):
    """A failure that the task announces. With `retryable=False` it is final: no further attempt is made."""

    def __init__(self, message: str = "", *, retryable: bool = True):
        super().__init__(message)
        self.retryable = retryable


class SoftTimeLimitExceeded(Exception):
    """Raised inside a task when its soft limit has passed. Catch it to clean up or to return what there is."""


class TaskCancelled(BaseException):
    """Raised inside a task that somebody cancelled. Clean up within 2 s; after that the process is killed.

    Not an `Exception`, so that a task's own `except Exception` does not swallow it.
    """
