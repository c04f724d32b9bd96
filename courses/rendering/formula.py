"""Formulas in a small part of TeX, as MathML, which every current browser sets by itself without a script.

Known: letters, numbers, operators, `^`, `_`, `{…}`, `\\frac`, `\\binom`, `\\sqrt`, `\\text`, `\\mathrm`, `\\left … \\right`,
sums, products, Greek letters, and the signs in `SIGNS`. Anything else is a `FormulaError`: found while the material loads.
"""

import re
from collections.abc import Iterator
from html import escape

SIGNS = {
    "cdot": "·", "times": "×", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠", "approx": "≈",
    "to": "→", "rightarrow": "→", "infty": "∞", "pm": "±", "sim": "∼", "in": "∈", "ldots": "…", "dots": "…", "cdots": "⋯",
    "div": "÷", "equiv": "≡", "propto": "∝", "ll": "≪", "gg": "≫", "lceil": "⌈", "rceil": "⌉", "lfloor": "⌊", "rfloor": "⌋",
    "%": "%", "{": "{", "}": "}", "_": "_", "$": "$", "&": "&", "#": "#", "|": "‖",
}  # fmt: skip
LARGE = {"sum": "∑", "prod": "∏", "max": "max", "min": "min", "lim": "lim"}
NAMES = {"log": "log", "ln": "ln", "exp": "exp", "Pr": "Pr"}
GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "varepsilon": "ε", "zeta": "ζ", "eta": "η",
    "theta": "θ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ",
    "phi": "ϕ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ",
    "Lambda": "Λ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
}  # fmt: skip
SPACES = {",": "0.17em", ";": "0.28em", ":": "0.22em", " ": "0.25em", "quad": "1em", "qquad": "2em", "!": "0"}
TOKEN = re.compile(r"\s+|\\[A-Za-z]+|\\.|\d+(?:[.,]\d+)*|[A-Za-z]|.", re.DOTALL)
GROUPED = re.compile(r"(?<=\d)\{,\}(?=\d)")
"""How TeX is told that a comma parts thousands; here the token of a number holds it anyway."""
MAXIMUM_LENGTH = 2000


class FormulaError(ValueError):
    """A formula that cannot be set; the message says what is not understood."""


class Parser:
    """Recursive descent over tokens; each method returns MathML."""

    def __init__(self, source: str) -> None:
        self.tokens = [sign for sign in TOKEN.findall(source) if not sign.isspace()]
        self.at = 0
        self.depth = 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        sign = self.peek()
        if not sign:
            raise FormulaError("the formula ends too early")
        self.at += 1
        return sign

    def row(self, until: str = "") -> str:
        self.depth += 1
        if self.depth > 30:
            raise FormulaError("the formula is nested too deeply")
        parts = list(self.parts(until))
        self.depth -= 1
        return parts[0] if len(parts) == 1 else f"<mrow>{''.join(parts)}</mrow>"

    def parts(self, until: str) -> Iterator[str]:
        while self.peek() != until:
            if not self.peek():
                raise FormulaError(f"“{until}” is missing")
            yield self.scripted()
        if until:
            self.take()

    def scripted(self) -> str:
        large = self.peek().removeprefix("\\") in LARGE
        base, below, above = self.atom(), "", ""
        while self.peek() in ("^", "_"):
            if self.take() == "^":
                above = self.atom()
            else:
                below = self.atom()
        if below and above:
            tag = "munderover" if large else "msubsup"
            return f"<{tag}>{base}{below}{above}</{tag}>"
        if below:
            return f"<munder>{base}{below}</munder>" if large else f"<msub>{base}{below}</msub>"
        return f"<msup>{base}{above}</msup>" if above else base

    def atom(self) -> str:
        sign = self.take()
        if sign == "{":
            return self.row("}")
        if sign.startswith("\\"):
            return self.command(sign[1:])
        if sign in "}^_&":
            raise FormulaError(f"“{sign}” is not expected here")
        if sign[0].isdigit():
            return f"<mn>{sign}</mn>"
        return f"<mi>{sign}</mi>" if sign.isalpha() else f"<mo>{escape('−' if sign == '-' else sign)}</mo>"

    def command(self, name: str) -> str:
        if name == "frac":
            return f"<mfrac>{self.group(name)}{self.group(name)}</mfrac>"
        if name == "binom":
            pair = f'<mfrac linethickness="0">{self.group(name)}{self.group(name)}</mfrac>'
            return f'<mrow><mo stretchy="true">(</mo>{pair}<mo stretchy="true">)</mo></mrow>'
        if name == "sqrt":
            return f"<msqrt>{self.atom()}</msqrt>"
        if name in ("text", "mathrm", "operatorname"):
            return f"<mtext>{escape(self.words())}</mtext>"
        if name in ("left", "right"):
            return f'<mo stretchy="true">{escape(self.delimiter())}</mo>'
        if name in GREEK:
            return f"<mi>{GREEK[name]}</mi>"
        if name in SPACES:
            return f'<mspace width="{SPACES[name]}"></mspace>'
        if name in SIGNS or name in LARGE:
            return f"<mo>{escape(SIGNS.get(name) or LARGE[name])}</mo>"
        if name in NAMES:
            return f"<mi>{NAMES[name]}</mi>"
        raise FormulaError(f"“\\{name}” is not known in formulas")

    def group(self, name: str) -> str:
        """What stands in braces; without them TeX would take one digit, which is never what was meant."""
        if self.peek() != "{":
            raise FormulaError(f"write “\\{name}” with braces around both of its parts")
        return self.atom()

    def words(self) -> str:
        """What stands between braces, with the spaces lost to the tokens put back between words."""
        if self.take() != "{":
            raise FormulaError("“{” is missing after a text")
        found: list[str] = []
        while (sign := self.take()) != "}":
            found.append(sign)
        return "".join(found).replace("\\ ", " ").replace("~", "\N{NO-BREAK SPACE}")

    def delimiter(self) -> str:
        sign = self.take()
        return "" if sign == "." else SIGNS.get(sign.removeprefix("\\"), sign)


def mathml(source: str, *, block: bool) -> str:
    """The formula as a `<math>` element. Raises `FormulaError`."""
    if len(source) > MAXIMUM_LENGTH:
        raise FormulaError("the formula is too long")
    inner = Parser(spaced_text(GROUPED.sub(",", source))).row()
    attributes = ' display="block"' if block else ""
    note = f'<annotation encoding="application/x-tex">{escape(source)}</annotation>'
    return f"<math{attributes}><semantics>{inner}{note}</semantics></math>"


def spaced_text(source: str) -> str:
    """Spaces inside `\\text{…}` survive the tokens as `~`."""
    return re.sub(r"(\\(?:text|mathrm|operatorname)\{)([^{}]*)\}", lambda m: m[1] + m[2].replace(" ", "~") + "}", source)


FORMULA = re.compile(
    r"(?P<code>(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`))"
    r"|(?<!\\)\$\$(?P<block>.+?)\$\$"
    r"|(?<![\\$\w])\$(?P<inline>[^\s$](?:[^$\n]*[^\s$\\])?)\$(?![\w$])",
    re.DOTALL,
)
