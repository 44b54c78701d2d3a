"""Bundles in temporary folders, loaded without leaving a trace in this process."""

import sys
import tempfile
import textwrap
from contextlib import contextmanager
from pathlib import Path

from tasksmith_worker.bundle import load_tasks


@contextmanager
def folder_with(files):
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(content), encoding="utf-8")
        yield folder


@contextmanager
def clean_imports():
    path, modules = sys.path[:], set(sys.modules)
    try:
        yield
    finally:
        sys.path[:] = path
        for name in set(sys.modules) - modules:
            del sys.modules[name]


def load(files, entry=None):
    with folder_with(files) as folder, clean_imports():
        return load_tasks(folder, entry)
