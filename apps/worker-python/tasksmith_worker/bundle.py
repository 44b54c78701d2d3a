"""A bundle: its manifest, its entry file, and the tasks they declare."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
from typing import Any, Dict, List, Optional

from tasksmith.registry import Task, registered

Tasks = Dict[str, Task]


class BundleError(Exception):
    """The bundle is not one: what is wrong and where."""


def load_tasks(bundle_dir: str, entry: Optional[str] = None) -> Tasks:
    """Runs the bundle's code and answers its tasks by name. Raises BundleError, or whatever the code raises while it loads."""
    manifest = read_manifest(bundle_dir)
    if bundle_dir not in sys.path:
        sys.path.insert(0, bundle_dir)
    first = len(registered)
    load_entry(bundle_dir, entry, manifest)
    declared = [declared_task(each) for each in manifest.get("tasks", []) if each.get("function")]
    tasks = by_name(registered[first:] + declared)
    refuse_absent(tasks, manifest)
    return tasks


def read_manifest(bundle_dir: str) -> Dict[str, Any]:
    path = os.path.join(bundle_dir, "tasksmith.json")
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as file:
        try:
            manifest = json.load(file)
        except ValueError as error:
            raise BundleError(f"{path} is not JSON: {error}") from None
    if not isinstance(manifest, dict):
        raise BundleError(f"{path} must hold an object")
    check_task_entries(path, manifest.get("tasks", []))
    return manifest


def check_task_entries(path: str, entries: Any) -> None:
    if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
        raise BundleError(f'{path}: "tasks" must be a list of objects')
    for each in entries:
        if not isinstance(each.get("name"), str) or not each["name"]:
            raise BundleError(f'{path}: an entry of "tasks" has no name: {json.dumps(each)}')


def load_entry(bundle_dir: str, setting: Optional[str], manifest: Dict[str, Any]) -> None:
    """The entry may be absent only when every task names its function."""
    chosen = setting or manifest.get("entry")
    path = os.path.join(bundle_dir, chosen or "main.py")
    if os.path.isfile(path):
        return load_file(path)
    entries: List[Dict[str, Any]] = manifest.get("tasks", [])
    if chosen or not entries or not all(each.get("function") for each in entries):
        raise BundleError(f"{path} does not exist: name the entry file in tasksmith.json or TASKSMITH_ENTRY, or add main.py")


def load_file(path: str) -> None:
    folder, file_name = os.path.split(path)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    stem = os.path.splitext(file_name)[0]
    # An entry file may bear the name of a module that is loaded already, e.g. queue.py.
    name = stem if stem not in sys.modules else f"bundle_{stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise BundleError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)


def declared_task(entry: Dict[str, Any]) -> Task:
    return Task(entry["name"], named_function(entry), entry.get("description"))


def named_function(entry: Dict[str, Any]) -> Any:
    module_name, colon, attribute = entry["function"].partition(":")
    if not colon:
        raise BundleError(f'task {entry["name"]!r}: "function" must read "module:function", not {entry["function"]!r}')
    target: Any = importlib.import_module(module_name)
    for part in attribute.split("."):
        target = getattr(target, part, None)
    if not callable(target):
        raise BundleError(f'task {entry["name"]!r}: module {module_name!r} has no function {attribute!r}')
    return target


def by_name(tasks: List[Task]) -> Tasks:
    found: Tasks = {}
    for task in tasks:
        known = found.get(task.name)
        if known and known.function is not task.function:
            raise BundleError(f"two tasks are named {task.name!r}: {where(known)} and {where(task)}")
        found[task.name] = task
    if not found:
        raise BundleError("the bundle has no task: mark a function with @task, or list it in tasksmith.json")
    return found


def where(task: Task) -> str:
    return f"{task.function.__module__}:{task.function.__qualname__}"


def refuse_absent(tasks: Tasks, manifest: Dict[str, Any]) -> None:
    absent = [each["name"] for each in manifest.get("tasks", []) if each["name"] not in tasks]
    if absent:
        raise BundleError(f"tasksmith.json lists tasks that the code does not have: {', '.join(absent)}")
