"""HTML of other systems as Markdown: what Markdown can say is kept, what it cannot is dropped and named.

The HTML need not be well formed; nothing of it is ever shown as HTML, so there is nothing here to sanitise.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from quizzes.interchange.plain_markdown import escaped, guarded

LOOKS_LIKE = re.compile(
    r"</?(?:p|br|b|i|em|strong|code|pre|ul|ol|li|sub|sup|img|a|span|div|table|tr|td|h[1-6]|u|s|del|blockquote|hr)\b[^<>]*>",
    re.I,
)
MAX_DEPTH = 40
_VOID = {"br", "hr", "img", "input", "source", "col", "wbr", "embed", "area", "track", "param", "meta", "link", "base"}
_BLOCKS = {
    "address", "article", "aside", "blockquote", "center", "div", "dl", "dd", "dt", "figure", "figcaption", "footer", "form",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "main", "nav", "ol", "p", "pre", "section", "table", "ul", "li",
}  # fmt: skip
_DROPPED = {
    "img": "image", "svg": "image", "picture": "image", "canvas": "image", "audio": "audio", "video": "video", "embed": "video",
    "iframe": "embedded page", "object": "embedded object", "applet": "embedded object", "math": "formula in MathML",
    "script": "script", "input": "form field", "select": "form field", "textarea": "form field", "button": "form field",
}  # fmt: skip
_SILENT = {"style", "head", "title", "template", "source", "track", "param", "meta", "link", "base", "col", "wbr", "area"}
_AROUND = {
    "b": "**", "strong": "**", "i": "*", "em": "*", "cite": "*", "dfn": "*", "var": "*", "del": "~~", "s": "~~", "strike": "~~",
    "sub": "~", "sup": "^", "ins": "^^", "u": "^^",
}  # fmt: skip
_BREAK = "\x00"
_LISTED = re.compile(r"- |1\. ")
_TEX = re.compile(r"\\\(.{1,500}?\\\)|\\\[.{1,500}?\\\]|\$\$.{1,500}?\$\$", re.S)


@dataclass(frozen=True, slots=True)
class Converted:
    """Markdown, and what was dropped or changed on the way: one phrase each."""

    text: str
    dropped: tuple[str, ...] = ()


@dataclass(slots=True)
class _Node:
    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: "list[_Node | str]" = field(default_factory=list)


class _Tree(HTMLParser):
    """A forgiving tree: what is closed wrongly closes what it can, too deep nesting is flattened."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [_Node("root")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("p", "li", "tr", "td", "th", "dd", "dt"):
            self._close_implied(tag)
        node = _Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in _VOID and len(self.open) < MAX_DEPTH:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(_Node(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        for depth in range(len(self.open) - 1, 0, -1):
            if self.open[depth].tag == tag:
                del self.open[depth:]
                return

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)

    def _close_implied(self, tag: str) -> None:
        stops = {"li": {"ul", "ol"}, "tr": {"table", "tbody", "thead"}, "td": {"tr"}, "th": {"tr"}}.get(tag, set())
        for depth in range(len(self.open) - 1, 0, -1):
            if self.open[depth].tag == tag or {self.open[depth].tag, tag} == {"dd", "dt"}:
                del self.open[depth:]
                return
            if self.open[depth].tag in stops or (tag == "p" and self.open[depth].tag in _BLOCKS):
                return


def from_html(html: str, *, lines_break: bool = False) -> Converted:
    """`lines_break`: line ends of the text are shown as such, as Moodle's “auto-format” does."""
    tree = _Tree()
    tree.feed(
        re.sub(r"(?<!>)\n(?!\s{0,80}<(?:/?(?:p|ul|ol|li|table|tr|td|th|div|pre)\b))", "<br>", html) if lines_break else html
    )
    tree.close()
    writer = _Writer()
    text = "\n\n".join(writer.blocks(tree.open[0].children))
    if _TEX.search(html):
        writer.drop("formula in TeX is kept as it is written")
    return Converted(text, tuple(writer.dropped))


class _Writer:
    """Writes a tree as Markdown and remembers what it left out."""

    def __init__(self) -> None:
        self.dropped: list[str] = []

    def drop(self, what: str) -> None:
        if what not in self.dropped:
            self.dropped.append(what)

    # Blocks

    def blocks(self, children: "Sequence[_Node | str]") -> list[str]:
        """Each block's Markdown; runs of inline content are paragraphs."""
        found: list[str] = []
        run: list[_Node | str] = []
        for child in children:
            if isinstance(child, _Node) and self._is_block(child):
                found += self._paragraph(run)
                run = []
                found += self._block(child)
            else:
                run.append(child)
        return [*found, *self._paragraph(run)]

    def _is_block(self, node: _Node) -> bool:
        return node.tag in _BLOCKS or any(isinstance(child, _Node) and self._is_block(child) for child in node.children)

    def _paragraph(self, run: "list[_Node | str]") -> list[str]:
        lines = [guarded(line.strip()) for line in self._inline_all(run).strip(f" {_BREAK}").split(_BREAK)]
        text = "  \n".join(lines) if all(lines) else "\n\n".join(line for line in lines if line)
        return [text] if text.strip() else []

    def _block(self, node: _Node) -> list[str]:
        match node.tag:
            case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
                return [f"{'#' * max(3, int(node.tag[1]))} {words}" for words in self._paragraph(list(node.children))]
            case "pre":
                return [self._code_block(node)]
            case "ul" | "ol":
                return [self._list(node)]
            case "blockquote":
                return ["\n".join(f"> {line}".rstrip() for line in "\n\n".join(self.blocks(node.children)).split("\n"))]
            case "table":
                return self._table(node)
            case "hr":
                return ["---"]
        return self._dropped(node) if node.tag in _DROPPED or node.tag in _SILENT else self.blocks(node.children)

    def _dropped(self, node: _Node) -> list[str]:
        self._say_dropped(node)
        return []

    def _code_block(self, node: _Node) -> str:
        code = text_of(node).strip("\n")
        fence = "`" * max(3, *(len(run) + 1 for run in re.findall(r"`+", code)), 3)
        classes = " ".join(inner.attributes.get("class", "") for inner in (node, *_elements(node)))
        language = re.search(r"\blang(?:uage)?-([a-z0-9+-]{1,20})\b", classes)
        return f"{fence}{language[1] if language else ''}\n{code}\n{fence}"

    def _list(self, node: _Node) -> str:
        items = [child for child in _elements(node) if child.tag == "li"]
        rows = []
        for number, item in enumerate(items, start=1):
            mark = f"{number}. " if node.tag == "ol" else "- "
            body = self.blocks(item.children)
            inner = "".join(
                (("\n" if _LISTED.match(block) else "\n\n") if place else "") + block for place, block in enumerate(body)
            )
            rows.append(mark.ljust(4) + "\n".join(f"    {line}".rstrip() for line in inner.split("\n"))[4:])
        return ("\n\n" if any("\n\n" in row for row in rows) else "\n").join(rows)

    def _table(self, node: _Node) -> list[str]:
        rows = list(_below(node, "tr"))
        cells = [[cell for cell in _elements(row) if cell.tag in ("td", "th")] for row in rows]
        if any(
            cell.attributes.get(span, "1") not in ("", "1") for row in cells for cell in row for span in ("colspan", "rowspan")
        ):
            self.drop("joined cells of a table")
        texts = [[self._cell(cell) for cell in row] for row in cells if row]
        if not texts:
            return []
        width = max(len(row) for row in texts)
        lines = ["| " + " | ".join([*row, *[""] * (width - len(row))]) + " |" for row in texts]
        return ["\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])]

    def _cell(self, cell: _Node) -> str:
        text = " ".join(self.blocks(cell.children)).replace("  \n", " ").replace("\n", " ")
        return re.sub(r"(?<!\\)\|", r"\\|", text)

    # Inside a paragraph

    def _inline_all(self, nodes: "Sequence[_Node | str]") -> str:
        joined = "".join(self._inline(node) for node in nodes)
        return re.sub(rf" *{_BREAK} *", _BREAK, re.sub(r"  +", " ", joined))

    def _inline(self, node: "_Node | str") -> str:
        if isinstance(node, str):
            return escaped(re.sub(r"[\s\x00]+", " ", node.replace("\xa0", " ")))
        if node.tag == "br":
            return _BREAK
        if node.tag in _DROPPED or node.tag in _SILENT:
            self._say_dropped(node)
            return ""
        if node.tag in ("code", "kbd", "samp", "tt"):
            return _code(text_of(node))
        inner = self._inline_all(node.children)
        if node.tag == "a":
            return self._link(node, inner)
        return _around(inner, _AROUND[node.tag]) if node.tag in _AROUND else inner

    def _link(self, node: _Node, inner: str) -> str:
        address = node.attributes.get("href", "").strip()
        if not re.match(r"(?:https?://|mailto:|/)[^\s<>]+$", address) or not inner.strip():
            if address:
                self.drop(f"link to {address[:80]}")
            return inner
        return f"[{inner.strip()}]({address.replace('(', '%28').replace(')', '%29')})"

    def _say_dropped(self, node: _Node) -> None:
        what = _DROPPED.get(node.tag)
        if what is None:
            return
        name = node.attributes.get("alt") or node.attributes.get("src", "").removeprefix("@@PLUGINFILE@@/")
        self.drop(f"{what} “{name[:60]}”" if name and not name.startswith("data:") else what)


def _elements(node: _Node) -> Iterator[_Node]:
    return (child for child in node.children if isinstance(child, _Node))


def _below(node: _Node, tag: str) -> Iterator[_Node]:
    """Elements of this name, but not those inside of another table."""
    for child in _elements(node):
        if child.tag == tag:
            yield child
        elif child.tag != "table":
            yield from _below(child, tag)


def text_of(node: _Node) -> str:
    """All text inside, line breaks as such."""
    return "".join(
        child if isinstance(child, str) else "\n" if child.tag == "br" else text_of(child) for child in node.children
    ).replace("\x00", "")


def _around(inner: str, mark: str) -> str:
    """Marks stand at the words, not at the spaces around them. A line break ends them and begins them again."""
    parts = []
    for part in inner.split(_BREAK):
        words = part.strip()
        before, after = part[: len(part) - len(part.lstrip())], part[len(part.rstrip()) :] if words else ""
        parts.append(f"{before}{mark}{words}{mark}{after}" if words else part)
    return _BREAK.join(parts)


def _code(text: str) -> str:
    words = re.sub(r"\s+", " ", text).strip()
    if not words:
        return ""
    longest = max((len(run) for run in re.findall(r"`+", words)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if words.startswith("`") or words.endswith("`") else ""
    return f"{fence}{pad}{words}{pad}{fence}"
