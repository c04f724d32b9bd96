"""Writing the material back out. A row that nobody edited is written as the very text that it was loaded from."""

from collections import defaultdict
from pathlib import Path
from typing import Any

from courses.loading.kinds import Kind, all_kinds
from courses.loading.source import MaterialError
from courses.loading.three_way import entry_as_loaded, piece_of, untouched


def text_of(kind: Kind[Any], row: Any) -> str:
    """The row's own text: as it was written if it still says the same, else in canonical form."""
    source = kind.source(row)
    if source.source_text and untouched(kind, row, source):
        return source.source_text
    entry, before = kind.entry_of(row), entry_as_loaded(kind, source)
    return kind.canonical(entry if before is None else ordered_like(entry, before))


def ordered_like(entry: Any, model: Any) -> Any:
    """The same entry with its mappings in the order in which `model` has them."""
    names = type(entry).model_fields
    return entry.model_copy(update={name: in_order_of(getattr(entry, name), getattr(model, name)) for name in names})


def row_beside_file(kind: Kind[Any], row: Any) -> tuple[str, str]:
    """A row's own text and its file's newest one, both in canonical form: what differs is content, not the way of writing."""
    source, entry = kind.source(row), kind.entry_of(row)
    text = source.conflict_text or source.source_text
    try:
        theirs = piece_of(kind, source.source_path, text).entry
    except (MaterialError, ValueError):
        return kind.canonical(entry), text
    return kind.canonical(ordered_like(entry, theirs)), kind.canonical(theirs)


def in_order_of(value: Any, model: Any) -> Any:
    """`value` with the keys of its mappings in the order of `model`, as far as that has them: the database forgets it."""
    if isinstance(value, dict) and isinstance(model, dict):
        names = [name for name in model if name in value] + [name for name in value if name not in model]
        return {name: in_order_of(value[name], model.get(name)) for name in names}
    if isinstance(value, list) and isinstance(model, list):
        return [in_order_of(each, model[index] if index < len(model) else None) for index, each in enumerate(value)]
    return value


def exported_files() -> dict[str, str]:
    """Every file of the material by its path, from the rows as they are."""
    parts: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for kind in all_kinds():
        for row in kind.rows():
            source = kind.source(row)
            path = source.source_path or kind.path_for(row)
            position = source.source_position if source.source_path else 1_000_000
            parts[path].append((position, row.pk, text_of(kind, row)))
    return {path: joined([text for _, _, text in sorted(texts)]) for path, texts in sorted(parts.items())}


def joined(texts: list[str]) -> str:
    """Texts of one file, each ending its line before the next begins."""
    whole = [text if text.endswith("\n") or number == len(texts) - 1 else f"{text}\n" for number, text in enumerate(texts)]
    return "".join(whole)


def export_material(folder: Path) -> list[str]:
    """Write every file below `folder`, and return the paths of those that are new or differ from what stood there."""
    changed: list[str] = []
    for path, text in exported_files().items():
        target = folder / path
        data = text.encode()
        if target.is_file() and target.read_bytes() == data:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        changed.append(path)
    return changed


def rows_in_conflict() -> list[str]:
    """Rows whose newer file would be overwritten by an export."""
    return [f"{kind.name} {row.slug}" for kind in all_kinds() for row in kind.rows() if kind.source(row).in_conflict]
