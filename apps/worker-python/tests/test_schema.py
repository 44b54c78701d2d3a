import enum
import unittest
from dataclasses import dataclass, field
from typing import Any, Dict, List, Literal, Optional, Tuple, TypedDict, Union

from tasksmith_worker.docstring import read_docstring
from tasksmith_worker.schema import describe_parameters, describe_result, schema_of


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Point(TypedDict):
    x: float
    y: float


class Labelled(Point, total=False):
    label: str


@dataclass
class Tree:
    name: str
    children: List["Tree"] = field(default_factory=list)
    depth: int = 0


class SchemaOfHints(unittest.TestCase):
    def test_plain_types(self):
        expected = {str: "string", int: "integer", float: "number", bool: "boolean", None: "null", list: "array", dict: "object"}
        for hint, name in expected.items():
            self.assertEqual(schema_of(hint), {"type": name})

    def test_anything(self):
        self.assertEqual(schema_of(Any), {})
        self.assertEqual(schema_of(object), {})

    def test_containers(self):
        self.assertEqual(schema_of(List[int]), {"type": "array", "items": {"type": "integer"}})
        self.assertEqual(schema_of(list[str]), {"type": "array", "items": {"type": "string"}})
        self.assertEqual(schema_of(Dict[str, bool]), {"type": "object", "additionalProperties": {"type": "boolean"}})
        pair = schema_of(Tuple[int, str])
        self.assertEqual(pair["prefixItems"], [{"type": "integer"}, {"type": "string"}])

    def test_unions(self):
        self.assertEqual(schema_of(Optional[int]), {"type": ["integer", "null"]})
        expected = {"anyOf": [{"type": "array", "items": {"type": "integer"}}, {"type": "null"}]}
        self.assertEqual(schema_of(Union[List[int], None]), expected)

    def test_choices(self):
        self.assertEqual(schema_of(Literal["a", "b"]), {"type": "string", "enum": ["a", "b"]})
        self.assertEqual(schema_of(Literal["a", 1]), {"enum": ["a", 1]})
        self.assertEqual(schema_of(Colour), {"type": "string", "enum": ["red", "blue"]})

    def test_typed_dict_knows_optional_members(self):
        self.assertEqual(sorted(schema_of(Labelled)["required"]), ["x", "y"])
        self.assertEqual(sorted(schema_of(Labelled)["properties"]), ["label", "x", "y"])

    def test_a_dataclass_that_contains_itself_ends(self):
        schema = schema_of(Tree)
        self.assertEqual(schema["required"], ["name"])
        self.assertEqual(schema["properties"]["children"], {"type": "array", "items": {"type": "object"}})
        self.assertEqual(schema["properties"]["depth"], {"type": "integer", "default": 0})


class SchemaOfFunctions(unittest.TestCase):
    def test_parameters_with_defaults_and_descriptions(self):
        def paint(name: str, colour: Colour = Colour.RED, *, times: int = 1) -> bool:
            """Paints.

            Args:
                name (str): what to paint,
                    all of it
                times: how often
            """

        self.assertEqual(
            describe_parameters(paint),
            {
                "type": "object",
                "properties": {
                    "name": {"type": "string", "description": "what to paint, all of it"},
                    "colour": {"type": "string", "enum": ["red", "blue"], "default": "red"},
                    "times": {"type": "integer", "description": "how often", "default": 1},
                },
                "required": ["name"],
                "additionalProperties": False,
            },
        )
        self.assertEqual(describe_result(paint), {"type": "boolean"})

    def test_a_function_without_hints_takes_anything(self):
        def loose(a, b=object(), **more):
            pass

        schema = describe_parameters(loose)
        self.assertEqual(schema["properties"], {"a": {}, "b": {}})
        self.assertEqual((schema["required"], schema["additionalProperties"]), (["a"], True))


class Docstrings(unittest.TestCase):
    def test_sphinx_fields(self):
        def add(a, b):
            """Adds.

            Two numbers.

            :param a: the first
            :param int b: the second,
                if any
            :returns: the sum
            """

        said = read_docstring(add)
        self.assertEqual(said.description, "Adds.\n\nTwo numbers.")
        self.assertEqual(said.parameters, {"a": "the first", "b": "the second, if any"})
        self.assertEqual(said.result, "the sum")

    def test_google_sections(self):
        def add(a, b):
            """Adds.

            Args:
                a: the first
                b: the second: a number

            Returns:
                the sum

            Raises:
                ValueError: never
            """

        said = read_docstring(add)
        self.assertEqual(said.parameters, {"a": "the first", "b": "the second: a number"})
        self.assertEqual((said.description, said.result), ("Adds.", "the sum"))
