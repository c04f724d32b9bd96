"""Calculators that lessons embed. A formula is written once, in the module of its course: the server checks it and computes
with it, and sends its tree to the browser, which computes with the very same.
"""

from courses.calculators import cases, data, method, operate, resilience, scale, structure
from courses.calculators.engine import Calculator, Input, Output, Tree, compute, results, tree_of
from courses.calculators.functions import FUNCTIONS, binomial_tail

__all__ = [
    "CALCULATORS",
    "FUNCTIONS",
    "Calculator",
    "Input",
    "Output",
    "Tree",
    "binomial_tail",
    "compute",
    "results",
    "tree_of",
]

MODULES = (method, structure, data, scale, resilience, operate, cases)
CALCULATORS: dict[str, Calculator] = {each.name: each for module in MODULES for each in module.CALCULATORS}
