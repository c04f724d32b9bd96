"""Markdown under YAML front matter: `---`, the YAML, `---`, the text."""

from typing import Any

from courses.loading.source import MaterialError, SourceFile
from courses.loading.yaml_source import Located, read_yaml, write_yaml

FENCE = "---"


def split_front_matter(file: SourceFile) -> tuple[Located, str, int]:
    """The front matter, the text below it, and the line on which the text begins. Raises `MaterialError`."""
    lines = file.text.split("\n")
    if lines[0].rstrip() != FENCE:
        raise MaterialError([file.problem(1, "the file must begin with “---” and its front matter")])
    closing = next((number for number, line in enumerate(lines[1:], start=1) if line.rstrip() == FENCE), None)
    if closing is None:
        raise MaterialError([file.problem(1, "the front matter has no closing “---”")])
    located = read_yaml("\n".join(lines[1:closing]) + "\n", file.path, first_line=2)
    if not isinstance(located.value, dict):
        raise MaterialError([located.problem("the front matter must be “name: value” lines")])
    body = lines[closing + 1 :]
    blank = next((count for count, line in enumerate(body) if line.strip()), len(body))
    return located, "\n".join(body[blank:]), closing + 2 + blank


def join_front_matter(fields: dict[str, Any], body: str) -> str:
    """The canonical file: one blank line above the text, one line end below it."""
    return f"{FENCE}\n{write_yaml(fields)}{FENCE}\n\n{body.strip(chr(10))}\n"
