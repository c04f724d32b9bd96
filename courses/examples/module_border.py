"""A border inside one program is a list of public names, kept by a check at every commit.

Problem. Four teams share a code base. Anybody may call any function and read any table. The borders are on a wiki page, so
a third of all changes crosses one, and no part can ever leave.

Rule. Each module names what others may import (`public`) and which modules it may use (`uses`). Reaching past the public names,
or into a module that is not declared, is a breach. The breaches of today are written down in a list that may only shrink: a
new one fails the build, and one that is gone must leave the list.

Source. David Parnas, "On the Criteria To Be Used in Decomposing Systems into Modules" (1972), for the border; Shopify's
Packwerk (2020) for public names, declared dependencies and the recorded list.

Limits. Imports are what a check can see, and only absolute ones: `from .. import billing` and imports by a computed name slip
through, so forbid them. Every importer must lie in a module that is named. A table that two modules read, a shared cache key
and a rule that is written twice cross the border without an import: give each module its own schema and login as well.
"""

import ast
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass


@dataclass(frozen=True)
class Module:
    public: frozenset[str]
    uses: frozenset[str] = frozenset()


def imported_names(source: str) -> set[str]:
    """Every module that this source imports, by its full name. `from a import b` counts as `a`."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def breaches(modules: Mapping[str, Module], imports: Iterable[tuple[str, str]]) -> set[str]:
    """`imports` as (importer, imported), each named `module.part`. What reaches past a border."""
    found = set()
    for importer, imported in imports:
        here, there = importer.split(".")[0], imported.split(".")[0]
        if here == there or there not in modules:
            continue  # its own inside, or a library
        if there not in modules[here].uses:
            found.add(f"{importer} uses {there}, which {here} does not declare")
        if imported not in modules[there].public:
            found.add(f"{importer} reaches into {imported}")
    return found


def ratchet(found: Set[str], recorded: Set[str]) -> list[str]:
    """What fails the build: breaches that are not on the list yet, and entries of the list that are mended."""
    new = [f"new: {breach}" for breach in sorted(found - recorded)]
    return new + [f"mended, take it off the list: {breach}" for breach in sorted(recorded - found)]
