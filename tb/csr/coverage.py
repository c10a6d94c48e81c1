"""Functional coverage of the registers' bench."""

from __future__ import annotations

from tb.agents.axi_lite import AxiLiteAccess
from tb.agents.axi_lite.master import CHANNELS
from tb.agents.common import PATTERNS
from tb.codec.coverage import Coverage, Group
from tb.csr.model import COMMANDS, CYCLES, Model

KINDS = ("plain", "locked", "unlocked", "pulse", "woclr", "woset", "read only", "nothing")
STROBES = ("none", "some", "all")
OUTCOMES = ("answered", "refused", "cut before it was taken", "cut before it was answered")


def irqs(model: Model) -> list[tuple[str, int]]:
    """Field and bit of every interrupt."""
    names = [name for name in model.fields if name.startswith("irq_pending.")]
    return [(name, bit) for name in names for bit in range(model.width(name))]


class CsrCoverage:
    """What was read and written, what happened, under which stalls."""

    judge = Coverage.judge

    def __init__(self) -> None:
        model = Model()
        names = tuple(model.name(r) for r in model.registers.values())
        sources = tuple(f"{name}[{bit}]" for name, bit in irqs(model))
        counters = tuple(n for n in model.fields if n.startswith(("counters.", "prefetch.")))
        counters = tuple(n for n in counters if n != CYCLES)  # a test of its own
        self._reads = Group("csr.reads", {"register": (*names, "none")})
        self._writes = Group(
            "csr.writes",
            {"register": (*names, "none"), "kind": KINDS, "strobes": STROBES},
            {"kind_x_strobes": ("kind", "strobes")},
        )
        self._irqs = Group(
            "csr.irqs",
            {"source": sources, "does": ("enabled", "masked", "cleared", "kept when cleared")},
            {"source_x_does": ("source", "does")},
            # A level, not an event.
            {"source_x_does": [("irq_pending.staging[0]", "kept when cleared")]},
        )
        self._commands = Group(
            "csr.commands",
            {"command": COMMANDS, "outcome": OUTCOMES},
            {"command_x_outcome": ("command", "outcome")},
            {"command_x_outcome": [("cancel", OUTCOMES[3])]},  # taken is answered
        )
        self._counters = Group("csr.counters", {"counted": counters, "frozen": counters})
        self._stalls = Group(
            "csr.stalls",
            {"channel": CHANNELS, "pattern": tuple(PATTERNS)},
            {"channel_x_pattern": ("channel", "pattern")},
        )

    def access(self, model: Model, access: AxiLiteAccess) -> None:
        """An access that is about to change the model."""
        register = model.registers.get(access.address & ~7)
        name = model.name(register) if register else "none"
        if access.strb is None:
            self._reads.sample(register=name)
        else:
            strobes = {0: "none", 0xFF: "all"}.get(access.strb, "some")
            self._writes.sample(register=name, kind=model.kinds(access.address), strobes=strobes)

    def stalls(self, patterns: dict[str, str]) -> None:
        for channel, pattern in patterns.items():
            self._stalls.sample(channel=channel, pattern=pattern)

    def irq(self, name: str, bit: int, does: str) -> None:
        self._irqs.sample(source=f"{name}[{bit}]", does=does)

    def command(self, command: str, outcome: str) -> None:
        self._commands.sample(command=command, outcome=outcome)

    def counter(self, name: str, frozen: bool) -> None:
        self._counters.sample(**{"frozen" if frozen else "counted": name})
