"""JSON Schema (2020-12) of a function's arguments and result, from its type hints and docstring."""

from __future__ import annotations

import collections.abc
import dataclasses
import enum
import inspect
import json
import typing
from typing import Any, Callable, Dict, Optional, Tuple, Union

from .docstring import read_docstring

Schema = Dict[str, Any]


def describe_parameters(function: Callable[..., Any]) -> Schema:
    """Schema of the object whose members are passed as named arguments."""
    hints, about = hints_of(function), read_docstring(function).parameters
    properties: Dict[str, Schema] = {}
    required = []
    takes_any = False
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            takes_any = takes_any or parameter.kind is parameter.VAR_KEYWORD
            continue
        properties[name] = parameter_schema(parameter, hints.get(name, Any), about.get(name))
        if parameter.default is parameter.empty:
            required.append(name)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": takes_any}


def describe_result(function: Callable[..., Any]) -> Schema:
    schema = schema_of(hints_of(function).get("return", Any))
    about = read_docstring(function).result
    return {**schema, "description": about} if about else schema


def hints_of(owner: Any) -> Dict[str, Any]:
    """Type hints; none when they name things that cannot be found, e.g. imports for type checkers only."""
    try:
        return typing.get_type_hints(owner, include_extras=True)
    except Exception:
        return {}


def parameter_schema(parameter: inspect.Parameter, hint: Any, description: Optional[str]) -> Schema:
    schema = schema_of(hint)
    if description:
        schema = {**schema, "description": description}
    if parameter.default is not parameter.empty:
        schema = with_default(schema, parameter.default)
    return schema


def with_default(schema: Schema, default: Any) -> Schema:
    value = default.value if isinstance(default, enum.Enum) else default
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return schema
    return {**schema, "default": value}


def schema_of(hint: Any, within: Tuple[Any, ...] = ()) -> Schema:
    """`within`: the classes around this hint; one that contains itself is described only once."""
    plain = PLAIN.get(hint) if isinstance(hint, collections.abc.Hashable) else None
    if plain is not None:
        return dict(plain)
    origin = typing.get_origin(hint)
    if origin is not None:
        return generic_schema(origin, typing.get_args(hint), within)
    if hasattr(hint, "__supertype__"):  # NewType
        return schema_of(hint.__supertype__, within)
    if isinstance(hint, type):
        return class_schema(hint, within)
    return {}


PLAIN: Dict[Any, Schema] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    None: {"type": "null"},
    type(None): {"type": "null"},
    list: {"type": "array"},
    tuple: {"type": "array"},
    dict: {"type": "object"},
}
ARRAYS = (list, collections.abc.Sequence, collections.abc.Iterable, collections.abc.Collection)
OBJECTS = (dict, collections.abc.Mapping, collections.abc.MutableMapping)


def generic_schema(origin: Any, args: Tuple[Any, ...], within: Tuple[Any, ...]) -> Schema:
    if origin is typing.Literal:
        return literal_schema(args)
    if origin is Union or getattr(origin, "__name__", "") == "UnionType":
        return union_schema(args, within)
    if hasattr(typing, "Annotated") and origin is typing.Annotated:
        return annotated_schema(args, within)
    if origin in ARRAYS:
        return {"type": "array", "items": schema_of(args[0], within)}
    if origin in OBJECTS:
        return {"type": "object", "additionalProperties": schema_of(args[1], within)}
    if origin is tuple:
        return tuple_schema(args, within)
    if getattr(origin, "_name", "") in ("Required", "NotRequired"):
        return schema_of(args[0], within)
    return {}


def literal_schema(values: Tuple[Any, ...]) -> Schema:
    kinds = {type(value) for value in values}
    schema = dict(PLAIN.get(kinds.pop(), {})) if len(kinds) == 1 else {}
    return {**schema, "enum": list(values)}


def union_schema(args: Tuple[Any, ...], within: Tuple[Any, ...]) -> Schema:
    members = [schema_of(arg, within) for arg in args]
    if all(list(member) == ["type"] for member in members):
        return {"type": [member["type"] for member in members]}
    return {"anyOf": members}


def annotated_schema(args: Tuple[Any, ...], within: Tuple[Any, ...]) -> Schema:
    texts = [note for note in args[1:] if isinstance(note, str)]
    schema = schema_of(args[0], within)
    return {**schema, "description": texts[0]} if texts else schema


def tuple_schema(args: Tuple[Any, ...], within: Tuple[Any, ...]) -> Schema:
    if len(args) == 2 and args[1] is Ellipsis:
        return {"type": "array", "items": schema_of(args[0], within)}
    members = [schema_of(arg, within) for arg in args if arg != ()]
    return {"type": "array", "prefixItems": members, "minItems": len(members), "maxItems": len(members)}


def class_schema(kind: type, within: Tuple[Any, ...]) -> Schema:
    if kind in within:
        return {"type": "object"}
    if issubclass(kind, enum.Enum):
        return literal_schema(tuple(member.value for member in kind))
    if dataclasses.is_dataclass(kind):
        return dataclass_schema(kind, within + (kind,))
    if issubclass(kind, dict) and hasattr(kind, "__required_keys__"):
        return typed_dict_schema(kind, within + (kind,))
    return {}


def dataclass_schema(kind: Any, within: Tuple[Any, ...]) -> Schema:
    hints = hints_of(kind)
    fields = [field for field in dataclasses.fields(kind) if field.init]
    properties = {}
    for field in fields:
        schema = schema_of(hints.get(field.name, Any), within)
        properties[field.name] = schema if field.default is dataclasses.MISSING else with_default(schema, field.default)
    missing = dataclasses.MISSING
    required = [field.name for field in fields if field.default is missing and field.default_factory is missing]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def typed_dict_schema(kind: Any, within: Tuple[Any, ...]) -> Schema:
    hints = hints_of(kind)
    properties = {name: schema_of(hint, within) for name, hint in hints.items()}
    # With postponed annotations `__required_keys__` cannot see NotRequired[...]; the hint can.
    optional = {name for name, hint in hints.items() if getattr(typing.get_origin(hint), "_name", "") == "NotRequired"}
    required = [name for name in hints if name in kind.__required_keys__ and name not in optional]
    return {"type": "object", "properties": properties, "required": required}
