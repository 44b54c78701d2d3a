"""`--describe`: the tasks of a bundle as one JSON document on stdout (docs/worker-protocol.md, section 7)."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Dict

from tasksmith.registry import Task

from .bundle import Tasks, load_tasks
from .docstring import read_docstring
from .schema import describe_parameters, describe_result
from .settings import Settings


def print_description(settings: Settings) -> None:
    stdout = os.dup(1)
    os.dup2(2, 1)  # what the bundle prints while it loads goes to stderr
    document = json.dumps(description(load_tasks(settings.bundle_dir, settings.entry)))
    sys.stdout.flush()
    with os.fdopen(stdout, "w", encoding="utf-8") as file:
        file.write(document + "\n")


def description(tasks: Tasks) -> Dict[str, Any]:
    return {"v": 1, "tasks": [task_description(task) for task in tasks.values()]}


def task_description(task: Task) -> Dict[str, Any]:
    return {
        "name": task.name,
        "description": task.description or read_docstring(task.function).description,
        "parameters": describe_parameters(task.function),
        "result": describe_result(task.function),
    }
