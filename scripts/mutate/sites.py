"""Where an engine's RTL can be broken, and how: slang's syntax trees in, `Mutant` out.

Only what becomes logic is touched: right-hand sides, conditions, expressions at ports.  Left as
they are: parameters, types, ranges, loop and generate headers, case labels, functions that compute
constants, and assertions with all that stands behind the first of them in a file (by the style of
this repository assertions come last, and what follows serves them).
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pyslang import SourceManager, syntax

from tb.sim import ROOT, by_hand, file_list


@dataclass(frozen=True)
class Mutant:
    """One change of one file: ``text[start:end]`` becomes `mutated`.

    A statement is dropped, so its `mutated` is empty.
    """

    file: str  # relative to the repository root
    line: int
    kind: str
    start: int
    end: int
    original: str
    mutated: str

    @property
    def key(self) -> str:
        """Names the change in caches; independent of the sample it is in."""
        return f"{self.file}:{self.start}:{self.original}:{self.mutated}"


# What becomes of an operator.  Both sides have the same width and sign, so a conditional operator
# between them changes neither.
OPERATORS = {
    "+": ("-",),
    "-": ("+",),
    "*": ("+",),
    "&": ("|",),
    "|": ("&",),
    "^": ("|",),
    "&&": ("||",),
    "||": ("&&",),
    "==": ("!=",),
    "!=": ("==",),
    "<": ("<=", ">"),
    "<=": ("<", ">"),
    ">": (">=", "<"),
    ">=": (">", "<"),
    "<<": (">>",),
    ">>": ("<<",),
}
UNARY = {"~": "", "-": "", "&": "|", "|": "&", "!": "!!"}
LITERALS = {
    "IntegerLiteralExpression",
    "IntegerVectorExpression",
    "UnbasedUnsizedLiteralExpression",
}
SKIPPED = {
    "ParameterDeclarationStatement",
    "ParameterPortList",
    "ParameterValueAssignment",
    "TypedefDeclaration",
    "VariableDimension",
    "SimpleRangeSelect",
    "AscendingRangeSelect",
    "DescendingRangeSelect",
    "EventControlWithExpression",
    "PackageDeclaration",
    "AnsiPortList",
}
VERIFICATION = re.compile(r"^ *`(SKV_(ASSERT|ASSUME|COVER)|ifndef SYNTHESIS)", re.MULTILINE)
VECTOR = re.compile(r"(\d+)'(s?)([bdoh])([0-9a-fA-F_]+)")
BASES = {"b": 2, "o": 8, "d": 10, "h": 16}


def kind_of(node: syntax.SyntaxNode) -> str:
    return node.kind.name


def children(node: syntax.SyntaxNode) -> Iterator[syntax.SyntaxNode]:
    return (child for child in node if isinstance(child, syntax.SyntaxNode))


def walk(node: syntax.SyntaxNode) -> Iterator[syntax.SyntaxNode]:
    yield node
    for child in children(node):
        yield from walk(child)


def one_line(text: str) -> str:
    """Without comments and line breaks."""
    return " ".join(re.sub(r"//.*", "", text).split())


def plus_one(literal: str) -> str:
    """The next value of a literal, in its width and sign; the all-ones for the all-zeros."""
    if literal in ("'0", "'1"):
        return "'1" if literal == "'0" else "'0"
    if vector := VECTOR.fullmatch(literal.replace(" ", "")):
        width, sign, base, digits = vector.groups()
        value = (int(digits.replace("_", ""), BASES[base]) + 1) % (1 << int(width))
        return f"{width}'{sign}d{value}"
    return str(int(literal) + 1)


@dataclass(frozen=True)
class Names:
    """What identifiers mean, over all files of an engine."""

    parameters: frozenset[str]
    successor: dict[str, str]  # of an enumeration's member
    constant_functions: frozenset[str]


def successors(tree: syntax.SyntaxTree) -> dict[str, str]:
    """The next member of each member of a file's enumerations."""
    found = {}
    for node in walk(tree.root):
        if kind_of(node) == "EnumType":
            members = [m.name.valueText for m in node.members if kind_of(m) == "Declarator"]
            found |= zip(members, members[1:] + members[:1], strict=True)
    return found


def read_names(trees: list[syntax.SyntaxTree]) -> Names:
    parameters, functions, successor = set(), set(), {}
    for tree in trees:
        for node in walk(tree.root):
            if kind_of(node) == "ParameterDeclaration":
                enumerated = kind_of(node.type) == "NamedType"
                for declarator in node.declarators:
                    if kind_of(declarator) == "Declarator" and not enumerated:
                        parameters.add(declarator.name.valueText)
                functions |= {
                    str(call.left).strip()
                    for call in walk(node)
                    if kind_of(call) == "InvocationExpression"
                }
        successor |= successors(tree)
    return Names(frozenset(parameters), successor, frozenset(functions))


class Finder:
    """Collects the mutants of one file."""

    def __init__(self, path: Path, tree: syntax.SyntaxTree, names: Names) -> None:
        self.manager = tree.sourceManager
        self.file = str(path.relative_to(ROOT))
        self.text = path.read_text()
        self.names = names
        self.successor = names.successor | successors(tree)  # states have names of their own
        guard = VERIFICATION.search(self.text)
        self.stop = guard.start() if guard else len(self.text)
        self.mutants: list[Mutant] = []
        self.in_reset = False
        self.visit(tree.root)

    def add(self, node: syntax.SyntaxNode, kind: str, mutated: str) -> None:
        start, end = node.sourceRange.start.offset, node.sourceRange.end.offset
        original = self.text[start:end]
        if end > self.stop:
            return
        line = self.text.count("\n", 0, start) + 1
        kind = "reset" if self.in_reset and kind == "constant" else kind
        self.mutants.append(Mutant(self.file, line, kind, start, end, original, mutated))

    def source(self, node: syntax.SyntaxNode) -> str:
        """The node's text on one line."""
        text = self.text[node.sourceRange.start.offset : node.sourceRange.end.offset]
        return one_line(text)

    def operand(self, node: syntax.SyntaxNode) -> str:
        """The node's text, in parentheses where another operator beside it could split it."""
        compound = (syntax.BinaryExpressionSyntax, syntax.ConditionalExpressionSyntax)
        return f"({self.source(node)})" if isinstance(node, compound) else self.source(node)

    def visit(self, node: syntax.SyntaxNode) -> None:
        kind = kind_of(node)
        if kind in SKIPPED or self.manager.isMacroLoc(node.sourceRange.start):
            return
        handler = getattr(self, f"visit_{kind}", None)
        if handler:
            handler(node)
        elif kind.endswith("AssignmentExpression"):
            self.visit(node.right)
        else:
            self.mutate(node, kind)
            for child in children(node):
                self.visit(child)

    def mutate(self, node: syntax.SyntaxNode, kind: str) -> None:
        if isinstance(node, syntax.BinaryExpressionSyntax):
            operator = node.operatorToken.valueText
            left, right = self.operand(node.left), self.operand(node.right)
            for other in OPERATORS.get(operator, ()):
                self.add(node, "operator", f"{left} {other} {right}")
        elif isinstance(node, syntax.PrefixUnaryExpressionSyntax):
            operator = node.operatorToken.valueText
            if operator in UNARY:
                self.add(node, "negation", f"{UNARY[operator]}{self.source(node.operand)}")
        elif kind in LITERALS:
            self.add(node, "constant", plus_one(self.source(node)))
        elif kind == "IdentifierName":
            name = self.source(node)
            if name in self.names.parameters:
                self.add(node, "constant", f"{name} + 1'b1")
            elif name in self.successor:
                imported = re.search(rf"import (\w+::){name};", self.text)
                package = imported.group(1) if imported else ""
                self.add(node, "constant", package + self.successor[name])

    # ---- Nodes of which only a part is logic ----

    def visit_FunctionDeclaration(self, node: syntax.SyntaxNode) -> None:  # noqa: N802
        if str(node.prototype.name).strip() not in self.names.constant_functions:
            for item in node.items:
                self.visit(item)

    def visit_DataDeclaration(self, node: syntax.SyntaxNode) -> None:  # noqa: N802
        """No initial values of registers."""

    def visit_LoopGenerate(self, node: syntax.SyntaxNode) -> None:  # noqa: N802
        self.visit(node.block)

    def visit_IfGenerate(self, node: syntax.SyntaxNode) -> None:  # noqa: N802
        self.visit(node.block)

    def visit_ForLoopStatement(self, node: syntax.SyntaxNode) -> None:  # noqa: N802
        self.visit(node.statement)

    def visit_StandardCaseItem(self, node: syntax.SyntaxNode) -> None:  # noqa: N802
        self.visit(node.clause)

    def visit_CastExpression(self, node: syntax.SyntaxNode) -> None:  # noqa: N802
        self.visit(node.right)

    def visit_InsideExpression(self, node: syntax.SyntaxNode) -> None:  # noqa: N802
        """Verilator takes constants only in the list."""
        self.visit(node.expr)

    def visit_MultipleConcatenationExpression(self, node: syntax.SyntaxNode) -> None:  # noqa: N802
        self.visit(node.concatenation)

    def visit_AssignmentPatternItem(self, node: syntax.SyntaxNode) -> None:  # noqa: N802
        self.visit(node.expr)

    def visit_BitSelect(self, node: syntax.SyntaxNode) -> None:  # noqa: N802
        """A fixed index stays in its range; a computed one may go wrong."""
        if kind_of(node.expr) not in LITERALS | {"IdentifierName"}:
            self.visit(node.expr)

    def visit_NonblockingAssignmentExpression(self, node: syntax.SyntaxNode) -> None:  # noqa: N802
        self.add(node.parent, "dropped", "")
        self.visit(node.right)

    def visit_ConditionalPredicate(self, node: syntax.SyntaxNode) -> None:  # noqa: N802
        condition = self.source(node)
        if condition == "!rst_ni":
            return
        forced = ["1'b1", "1'b0"]
        own_negation = re.fullmatch(r"[^=!&|<>]*[=!]=[^=!&|<>]*|!\w+", condition)
        for mutated in forced if own_negation else [*forced, f"!({condition})"]:
            self.add(node, "condition", mutated)
        for child in children(node):
            self.visit(child)

    def visit_ConditionalStatement(self, node: syntax.SyntaxNode) -> None:  # noqa: N802
        self.visit(node.predicate)
        outer = self.in_reset
        self.in_reset = self.source(node.predicate) == "!rst_ni"
        self.visit(node.statement)
        self.in_reset = outer
        if node.elseClause:
            self.visit(node.elseClause)


def parse(engine: str, extra: tuple[Path, ...] = ()) -> dict[Path, syntax.SyntaxTree]:
    """The syntax trees of the engine's sources and of `extra`."""
    files = file_list(engine)
    manager = SourceManager()
    for include in files.includes:
        manager.addUserDirectories(str(include))
    return {
        path: syntax.SyntaxTree.fromFile(str(path), manager) for path in (*files.sources, *extra)
    }


def _own_first(names: Names, tree: syntax.SyntaxTree) -> Names:
    """As a file sees them: its own enumerations before others with the same members."""
    return replace(names, successor=names.successor | read_names([tree]).successor)


def find_mutants(engine: str) -> list[Mutant]:
    """Every mutant of the sources in the engine's file list, in the order of the text.

    None of generated ones.
    """
    trees = parse(engine)
    names = read_names(list(trees.values()))
    return [
        mutant
        for path, tree in trees.items()
        if by_hand(path)
        for mutant in Finder(path, tree, _own_first(names, tree)).mutants
    ]


def modules_under(engine: str, extra: tuple[Path, ...], top: str) -> set[str]:
    """The names of the modules in the hierarchy of `top`, which is in the engine or in `extra`."""
    graph: dict[str, set[str]] = {}
    for tree in parse(engine, extra).values():
        for node in walk(tree.root):
            if kind_of(node) == "ModuleDeclaration":
                graph[node.header.name.valueText] = {
                    item.type.valueText
                    for item in walk(node)
                    if kind_of(item) == "HierarchyInstantiation"
                }
    reached, ahead = set(), [top]
    while ahead:
        module = ahead.pop()
        if module not in reached:
            reached.add(module)
            ahead += graph.get(module, ())
    return reached


def sample(mutants: list[Mutant], size: int, seed: int) -> list[Mutant]:
    """`size` of them, the same for the same seed: every file has its share, every kind in a file.

    Shares grow with the square root of a file's number of places, so that small files get theirs.
    """
    by_file: dict[str, list[Mutant]] = defaultdict(list)
    for mutant in mutants:
        by_file[mutant.file].append(mutant)
    queues = {file: _shuffled_by_kind(group, seed) for file, group in by_file.items()}
    taken: dict[str, int] = dict.fromkeys(queues, 0)
    for _ in range(min(size, len(mutants))):
        open_files = [file for file in queues if taken[file] < len(queues[file])]
        file = min(open_files, key=lambda f: (taken[f] + 1) / len(queues[f]) ** 0.5)
        taken[file] += 1
    chosen = {m for file, queue in queues.items() for m in queue[: taken[file]]}
    return [mutant for mutant in mutants if mutant in chosen]


def _shuffled_by_kind(mutants: list[Mutant], seed: int) -> list[Mutant]:
    """One of each kind in turn; within a kind in random order."""
    kinds: dict[str, list[Mutant]] = defaultdict(list)
    stream = random.Random(f"{seed}:{mutants[0].file}")
    for mutant in stream.sample(mutants, len(mutants)):
        kinds[mutant.kind].append(mutant)
    queue: list[Mutant] = []
    while any(kinds.values()):
        queue += [group.pop() for group in kinds.values() if group]
    return queue
