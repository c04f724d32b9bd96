"""A file of the material, and what is wrong with it.

MaterialError(ValueError)   one or more problems, each `path:line: what`
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """What is wrong, where, in words for the author. `line` counts from 1; `path` is relative to the material's folder."""

    path: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


class MaterialError(ValueError):
    """The material cannot be loaded as it stands."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file's text, by its path relative to the material's folder (with forward slashes)."""

    path: str
    text: str

    def problem(self, line: int, what: str) -> Problem:
        return Problem(self.path, line, what)


def text_hash(text: str) -> str:
    """SHA-256 of a text, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()
