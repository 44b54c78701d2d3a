"""What the author of a task imports.

    from tasksmith import task, progress

    @task
    def count_words(text: str) -> int:
        '''Counts words.'''
        progress(0.5, "half way")
        return len(text.split())
"""

from .errors import SoftTimeLimitExceeded, TaskCancelled, TaskError
from .registry import task
from .run import Run, current_run, log, progress

__all__ = [
    "Run",
    "SoftTimeLimitExceeded",
    "TaskCancelled",
    "TaskError",
    "current_run",
    "log",
    "progress",
    "task",
]
