"""The blocks of the site, by name, and what learners may use of them in their own texts."""

from courses.rendering.blocks.base import Block, BlockError, Built, Reference
from courses.rendering.blocks.calculator import CalculatorBlock
from courses.rendering.blocks.code import CodeBlock
from courses.rendering.blocks.decision import DecisionBlock
from courses.rendering.blocks.diagram import DiagramBlock
from courses.rendering.blocks.lab import LabBlock
from courses.rendering.blocks.prediction import PredictionBlock
from courses.rendering.blocks.question import QuestionBlock

BLOCKS: dict[str, Block] = {
    block.name: block
    for block in (
        LabBlock(),
        QuestionBlock(),
        CodeBlock(),
        PredictionBlock(),
        DecisionBlock(),
        DiagramBlock(),
        CalculatorBlock(),
    )
}
LEARNERS_BLOCKS = {name: BLOCKS[name] for name in ("decision", "mermaid")}

__all__ = ["BLOCKS", "LEARNERS_BLOCKS", "Block", "BlockError", "Built", "Reference"]
