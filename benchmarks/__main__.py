"""`python -m benchmarks [NAME]...`: run all benchmarks, or those named; exit 1 when a promise is missed.

A benchmark is a module in this folder with a docstring and `run(report)`.
"""

import importlib
import pkgutil
import sys

import benchmarks
from benchmarks.report import Report

NOT_BENCHMARKS = {"report", "__main__"}


def names() -> list[str]:
    found = (module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    return sorted(name for name in found if name not in NOT_BENCHMARKS and not name.startswith("_"))


def main(wanted: list[str]) -> int:
    unknown = set(wanted) - set(names())
    if unknown:
        print(f"no such benchmark: {', '.join(sorted(unknown))}; there are: {', '.join(names())}", file=sys.stderr)
        return 2
    report = Report()
    for name in wanted or names():
        module = importlib.import_module(f"benchmarks.{name}")
        print(f"{name}: {(module.__doc__ or '').strip().splitlines()[0]}", flush=True)
        module.run(report)
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
