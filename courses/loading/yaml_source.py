"""YAML with line numbers, read strictly and written in one canonical form.

Strict: no aliases (a few lines of them can grow to gigabytes), no tags, no key twice. Words such as `yes`, `no`, `on` are
words, as in YAML 1.2; so are dates.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from yaml.composer import Composer
from yaml.constructor import SafeConstructor
from yaml.cyaml import CParser  # type: ignore[attr-defined]
from yaml.resolver import Resolver

from courses.loading.source import MaterialError, Problem

Model = TypeVar("Model", bound=BaseModel)
Location = tuple[str | int, ...]

MAXIMUM_DEPTH = 30
LARGEST = 2**63
"""Whole numbers of databases end here."""
NO_TEXT = re.compile("[\x00\ud800-\udfff]")
"""NUL and halves of characters: YAML can write them, no database takes them."""
SLUG_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"


class StrictLoader(Composer, CParser, SafeConstructor, Resolver):
    """Refuses what an author never needs and an attacker would like. Libyaml reads the characters: most of the work."""

    depth = 0

    def __init__(self, text: str) -> None:
        CParser.__init__(self, text)
        Composer.__init__(self)
        SafeConstructor.__init__(self)
        Resolver.__init__(self)

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.MarkedYAMLError(problem="aliases (*name) are not allowed", problem_mark=self.mark())
        if getattr(self.peek_event(), "tag", None):
            raise yaml.MarkedYAMLError(problem="tags (!name) are not allowed", problem_mark=self.mark())
        self.depth += 1
        if self.depth > MAXIMUM_DEPTH:
            raise yaml.MarkedYAMLError(problem="nested too deeply", problem_mark=self.mark())
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def mark(self) -> Any:
        return getattr(self.peek_event(), "start_mark", None)

    def construct_scalar(self, node: yaml.ScalarNode | yaml.MappingNode) -> Any:
        if isinstance(node, yaml.ScalarNode) and NO_TEXT.search(node.value):
            raise yaml.MarkedYAMLError(problem="an escape stands for what is no character", problem_mark=node.start_mark)
        return super().construct_scalar(node)

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        value = super().construct_yaml_int(node) if len(node.value) < 100 else LARGEST
        if abs(value) >= LARGEST:
            raise yaml.MarkedYAMLError(problem="the number is too large", problem_mark=node.start_mark)
        return value

    def construct_yaml_float(self, node: yaml.ScalarNode) -> float:
        value = super().construct_yaml_float(node)
        if not math.isfinite(value):
            raise yaml.MarkedYAMLError(problem=f"{node.value} is no number to reckon with", problem_mark=node.start_mark)
        return value

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(problem="a name before a colon is one word or text", problem_mark=key.start_mark)
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"the key “{key.value}” stands here twice", problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


StrictLoader.add_constructor("tag:yaml.org,2002:int", StrictLoader.construct_yaml_int)  # type: ignore[type-var]
StrictLoader.add_constructor("tag:yaml.org,2002:float", StrictLoader.construct_yaml_float)  # type: ignore[type-var]
WORDS_ONLY = {"tag:yaml.org,2002:timestamp"}
StrictLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in WORDS_ONLY and tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
StrictLoader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


@dataclass(frozen=True, slots=True)
class Located:
    """A value read from YAML, with the line on which each part of it stands."""

    value: Any
    path: str
    first_line: int
    lines: dict[Location, int] = field(default_factory=dict)

    def line(self, location: Sequence[str | int] = ()) -> int:
        """The line of a part, or of the nearest part around it."""
        found = tuple(location)
        while found and found not in self.lines:
            found = found[:-1]
        return self.lines.get(found, self.first_line)

    def problem(self, what: str, location: Sequence[str | int] = ()) -> Problem:
        return Problem(self.path, self.line(location), what)


def read_yaml(text: str, path: str, first_line: int = 1) -> Located:
    """The value in `text`, whose first line is line `first_line` of the file. Raises `MaterialError`."""
    try:
        loader = StrictLoader(text)  # looks at every character already
        node = loader.get_single_node()
        value = loader.construct_document(node) if node is not None else None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise MaterialError([yaml_problem(error, path, first_line, text.rstrip().count("\n"))]) from None
    lines: dict[Location, int] = {}
    if node is not None:
        note_lines(node, (), first_line, lines)
    return Located(value, path, first_line, lines)


def yaml_problem(error: Exception, path: str, first_line: int, last_line: int) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    what = getattr(error, "problem", None) or str(error).splitlines()[0]
    line = min(mark.line, last_line) if mark else 0  # what is missing at the end is missed on a line that nobody wrote
    return Problem(path, first_line + line, f"not valid YAML: {what}")


def note_lines(node: yaml.Node, location: Location, first_line: int, lines: dict[Location, int]) -> None:
    lines.setdefault(location, first_line + node.start_mark.line)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            lines[(*location, str(key.value))] = first_line + key.start_mark.line
            note_lines(value, (*location, str(key.value)), first_line, lines)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            note_lines(value, (*location, index), first_line, lines)


def read_model(schema: type[Model], located: Located, prefix: Location = ()) -> Model:
    """The part of `located` at `prefix` as a `schema`. Raises `MaterialError`, one problem for each thing that is wrong."""
    value = located.value
    for step in prefix:
        value = value[step]
    if not isinstance(value, dict):
        raise MaterialError([located.problem("expected “name: value” lines here", prefix)])
    try:
        return schema.model_validate(value)
    except ValidationError as error:
        raise MaterialError(
            located.problem(words(dict(item), schema), (*prefix, *item["loc"])) for item in error.errors()
        ) from None


def words(item: dict[str, Any], schema: type[BaseModel]) -> str:
    """A validation error as an author would want to read it."""
    name = ".".join(str(step) for step in item["loc"])
    if item["type"] == "missing":
        return f"“{name}” is missing"
    if item["type"] == "extra_forbidden":
        known = ", ".join(schema.model_fields)
        return f"“{name}” is not known here; known are: {known}" if len(item["loc"]) == 1 else f"“{name}” is not known here"
    if item["type"] == "string_pattern_mismatch" and item["ctx"]["pattern"] == SLUG_PATTERN:
        return f"“{name}”: only small letters, digits and single hyphens between them, as in “rate-limiter”"
    message = item["msg"].removeprefix("Value error, ").replace("Input should be", "should be")
    return f"“{name}”: {message}" if name else message


class CanonicalDumper(yaml.SafeDumper):
    """Block style, keys in the schema's order, texts of several lines as they are."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


UNFIT_FOR_BLOCK = re.compile(r"[ \t]+\n|[ \t]$|[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\u2028\u2029]")


def represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = (
        "|" if "\n" in text and not re.search(r"[ \t]+\n|[^\n\t\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text) else None
    )
    if text.lower() in {"yes", "no", "on", "off", "y", "n"}:
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


CanonicalDumper.add_representer(str, represent_text)


def write_yaml(value: Any) -> str:
    """`value` in the canonical form: `read_yaml(write_yaml(x)).value == x`."""
    written: str = yaml.dump(value, Dumper=CanonicalDumper, sort_keys=False, allow_unicode=True, width=116)
    return written
