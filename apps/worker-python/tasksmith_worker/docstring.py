"""Descriptions out of docstrings in Google style (`Args:`) or Sphinx style (`:param name:`)."""

from __future__ import annotations

import inspect
import re
from typing import Any, Dict, List, NamedTuple, Optional

SECTION = re.compile(r"^(args|arguments|parameters|params|returns?|raises|yields|examples?|notes?)\s*:\s*$", re.IGNORECASE)
PARAMETER_SECTIONS = {"args", "arguments", "parameters", "params"}
GOOGLE_PARAMETER = re.compile(r"^\*{0,2}(\w+)\s*(?:\([^)]*\))?\s*:\s*(.*)$")
SPHINX_FIELD = re.compile(r"^:(\w+)(?:\s+[^:]*?)??(?:\s+(\w+))?\s*:\s*(.*)$")


class Docstring(NamedTuple):
    description: str
    parameters: Dict[str, str]
    result: Optional[str]


def read_docstring(function: Any) -> Docstring:
    lines = (inspect.getdoc(function) or "").splitlines()
    reading = Reading()
    for line in lines:
        reading.take(line)
    return reading.finished()


class Reading:
    """Goes through a docstring line by line and knows which part it is in."""

    def __init__(self) -> None:
        self.description: List[str] = []
        self.parameters: Dict[str, List[str]] = {}
        self.result: List[str] = []
        self.section = "description"
        self.current: Optional[List[str]] = self.description
        self.indent = 0

    def take(self, line: str) -> None:
        text = line.strip()
        section = SECTION.match(text) if not line[:1].isspace() else None
        field = SPHINX_FIELD.match(text)
        if section:
            self.enter(section.group(1).lower())
        elif field:
            self.field(field)
        elif self.section in PARAMETER_SECTIONS:
            self.parameter_line(line, text)
        elif self.current is not None:
            self.current.append(text)

    def enter(self, section: str) -> None:
        self.section = section
        self.indent = 0
        self.current = self.result if section.startswith("return") else None

    def field(self, field: "re.Match[str]") -> None:
        self.section = "field"
        kind, name, text = field.groups()
        if kind in ("param", "parameter", "arg", "argument") and name:
            self.current = self.parameters.setdefault(name, [])
        else:
            self.current = self.result if kind in ("return", "returns") else []
        self.current.append(text)

    def parameter_line(self, line: str, text: str) -> None:
        indent = len(line) - len(line.lstrip())
        self.indent = self.indent or indent
        match = GOOGLE_PARAMETER.match(text) if indent <= self.indent else None
        if match:
            self.current = self.parameters.setdefault(match.group(1), [])
            text = match.group(2)
        if self.current is not None:
            self.current.append(text)

    def finished(self) -> Docstring:
        parameters = {name: joined(lines) for name, lines in self.parameters.items()}
        return Docstring("\n".join(self.description).strip(), parameters, joined(self.result) or None)


def joined(lines: List[str]) -> str:
    return " ".join(line for line in lines if line)
