"""The `@task` decorator and the list of what it has seen."""

from __future__ import annotations

import inspect
from typing import Any, Callable, List, Optional

registered: List["Task"] = []


class Task:
    """A named function of a bundle."""

    __slots__ = ("name", "function", "description", "is_async", "accepted", "required", "signature")

    def __init__(self, name: str, function: Callable[..., Any], description: Optional[str] = None):
        refuse_generator(name, function)
        self.name = name
        self.function = function
        self.description = description
        self.is_async = inspect.iscoroutinefunction(function)
        self.signature = inspect.signature(function)
        self._note_parameters()

    def _note_parameters(self) -> None:
        parameters = self.signature.parameters.values()
        for parameter in parameters:
            if parameter.kind is parameter.POSITIONAL_ONLY:
                raise TypeError(f"task {self.name!r}: parameter {parameter.name!r} is positional-only; arguments are passed by name")
        named = [each for each in parameters if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)]
        takes_any = any(each.kind is each.VAR_KEYWORD for each in parameters)
        self.required = frozenset(each.name for each in named if each.default is each.empty)
        self.accepted = None if takes_any else frozenset(each.name for each in named)

    def misfit(self, arguments: dict) -> Optional[str]:
        """Why the function does not accept these arguments; None when it does."""
        names = arguments.keys()
        if names >= self.required and (self.accepted is None or names <= self.accepted):
            return None
        try:
            self.signature.bind(**arguments)
        except TypeError as error:
            return str(error)
        return None


def refuse_generator(name: str, function: Callable[..., Any]) -> None:
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise TypeError(f"task {name!r} is a generator (it has `yield`); a task returns its result, e.g. as a list")


def task(function: Optional[Callable[..., Any]] = None, *, name: Optional[str] = None, description: Optional[str] = None):
    """Makes a function a task: `@task` or `@task(name=..., description=...)`. The function itself stays as it is.

    The name is the function's own unless given; the description is taken from the docstring, the schemas from the type hints.
    """

    def register(target: Callable[..., Any]) -> Callable[..., Any]:
        registered.append(Task(name or target.__name__, target, description))
        return target

    return register if function is None else register(function)
