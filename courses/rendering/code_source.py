"""The source of a pattern by dotted name, read from its file and never imported: what a lesson prints is what the lab runs."""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PACKAGES = (
    "labs.patterns", "labs.simulation", "labs.theory", "labs.measurement", "labs.experiments", "labs.live", "courses.examples",
)  # fmt: skip
ROOT = Path(__file__).resolve().parent.parent.parent


class NoSuchSource(LookupError):
    """No code of that name may be, or can be, shown."""


@dataclass(frozen=True, slots=True)
class Source:
    """Lines of a file as they stand there; `first_line` counts from 1 in `path` (relative to the project)."""

    dotted: str
    path: str
    first_line: int
    text: str


def source_of(dotted: str, lines: tuple[int, int] | None = None) -> Source:
    """The module, class, function or constant called `dotted`, or some lines of it (1 is its first). Raises `NoSuchSource`."""
    path, names = locate(dotted)
    text = path.read_text()
    all_lines = text.splitlines()
    first, last = (1, len(all_lines)) if not names else extent(parsed(path), names, dotted)
    if lines is not None:
        if not 1 <= lines[0] <= lines[1] <= last - first + 1:
            raise NoSuchSource(f"{dotted} has lines 1 to {last - first + 1}, not {lines[0]} to {lines[1]}")
        first, last = first + lines[0] - 1, first + lines[1] - 1
    return Source(dotted, str(path.relative_to(ROOT)), first, dedented(all_lines[first - 1 : last]))


def locate(dotted: str) -> tuple[Path, tuple[str, ...]]:
    """The file of the longest part of the name that is a module, and the names inside it."""
    if not dotted.startswith(tuple(f"{package}." for package in PACKAGES)) or not all(
        step.isidentifier() for step in dotted.split(".")
    ):
        raise NoSuchSource(f"“{dotted}” is not the name of code that lessons show ({', '.join(PACKAGES)})")
    steps = dotted.split(".")
    for length in range(len(steps), 2, -1):
        path = ROOT.joinpath(*steps[:length]).with_suffix(".py")
        if path.is_file():
            return path, tuple(steps[length:])
    raise NoSuchSource(f"there is no module for “{dotted}”")


def parsed(path: Path) -> ast.Module:
    return parsed_at(path, path.stat().st_mtime_ns)


@cache
def parsed_at(path: Path, mtime_ns: int) -> ast.Module:
    return ast.parse(path.read_text())


def extent(tree: ast.AST, names: tuple[str, ...], dotted: str) -> tuple[int, int]:
    """First and last line of the thing that `names` lead to, decorators included."""
    found: ast.AST = tree
    for name in names:
        found = child(found, name, dotted)
    assert isinstance(found, ast.stmt)
    decorators = getattr(found, "decorator_list", [])
    return min([found.lineno, *(each.lineno for each in decorators)]), found.end_lineno or found.lineno


def child(parent: ast.AST, name: str, dotted: str) -> ast.stmt:
    for node in getattr(parent, "body", []):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            return node
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            return node  # type: ignore[no-any-return]
    raise NoSuchSource(f"there is no “{name}” for “{dotted}”")


def dedented(lines: list[str]) -> str:
    margin = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return "\n".join(line[margin:] for line in lines) + "\n"
