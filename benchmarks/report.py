"""One line per figure: what was measured, how much, what was promised, and whether it holds."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Row:
    """A measured figure; `holds` is None where a figure is only shown, not promised."""

    what: str
    value: str
    promised: str = ""
    holds: bool | None = None


@dataclass(slots=True)
class Report:
    """Collects rows and prints each as soon as it is known."""

    rows: list[Row] = field(default_factory=list)

    def show(self, what: str, value: str) -> None:
        """A figure without a promise."""
        self._add(Row(what, value))

    def at_least(self, what: str, value: float, promised: float, unit: str = "x") -> None:
        """`value` must not be below `promised`."""
        self._add(Row(what, f"{value:.3g} {unit}", f">= {promised:g} {unit}", value >= promised))

    def at_most(self, what: str, value: float, promised: float, unit: str = "x") -> None:
        """`value` must not be above `promised`."""
        self._add(Row(what, f"{value:.3g} {unit}", f"<= {promised:g} {unit}", value <= promised))

    def exactly(self, what: str, value: float, promised: float, unit: str = "") -> None:
        """`value` must equal `promised` to the last bit."""
        self._add(Row(what, f"{value!r} {unit}".strip(), f"= {promised!r}", value == promised))

    @property
    def failed(self) -> bool:
        return any(row.holds is False for row in self.rows)

    def _add(self, row: Row) -> None:
        self.rows.append(row)
        verdict = {None: "", True: "ok", False: "MISSED"}[row.holds]
        print(f"  {row.what:<78} {row.value:>16}  {row.promised:<14} {verdict}", flush=True)
