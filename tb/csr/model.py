"""What the registers are to do, from their SystemRDL source: accesses, and what hardware does.

Everything happens at once and in turn: the bench lets nothing happen on both sides together, unless
it knows the outcome.  Fields are named as in the source: ``ring[2].tail.count``.
"""

from __future__ import annotations

from collections import Counter

from cocotbext.axi import AxiResp
from systemrdl.node import FieldNode, RegNode
from systemrdl.rdltypes import OnWriteType

from scripts.csr import compiled

RINGS = 8
COMMANDS = ("manage", "cancel", "window")
LOST = 15
CYCLES = "counters.cycles.count"

# What a lock of the source stands for; others are fields.
LOCKS = {"locked": "control.enable", "window_busy": "window.busy"}


class Model:
    """The state of all registers.

    values: of every field.  inputs: what hardware drives.  pulses: those that went out.  moving:
    commands of which it is not known whether they are answered.
    """

    def __init__(self) -> None:
        top = compiled()
        self.registers: dict[int, RegNode] = {}
        self.fields: dict[str, FieldNode] = {}
        for register in top.descendants(unroll=True):
            if isinstance(register, RegNode):
                self.registers[register.absolute_address] = register
                for field in register.fields():
                    self.fields[self.name(field)] = field
        self.inputs = {
            name: 0
            for name, field in self.fields.items()
            if not field.implements_storage and field.is_hw_writable
        }
        self.inputs |= {name: 0 for name in self.fields if name.startswith("prefetch.")}
        self.pulses: Counter[str] = Counter()
        self.reset()

    def reset(self) -> None:
        self.values = {name: f.get_property("reset") or 0 for name, f in self.fields.items()}
        self.moving: set[str] = set()
        self.drive(**self.inputs)
        for command in COMMANDS:
            self.values[f"{command}.busy"] = self.values[f"{command}.status"] = 0

    @staticmethod
    def name(node: FieldNode | RegNode) -> str:
        return node.get_rel_path(node.owning_addrmap)

    def width(self, name: str) -> int:
        return self.fields[name].width

    # ---- Software ----

    def read(self, address: int) -> tuple[int, int, AxiResp]:
        """The word that is read, which of its bits are known, and the response."""
        register = self.registers.get(address & ~7)
        if register is None:
            return 0, -1, AxiResp.SLVERR
        word, known = 0, -1
        for field in register.fields():
            name = self.name(field)
            mask = (1 << field.width) - 1 << field.low
            if field.is_sw_readable:
                word |= self.values[name] << field.low
            command, _, last = name.partition(".")
            if command in self.moving and last in ("busy", "status"):
                known &= ~mask
            if name == CYCLES:
                known &= ~mask
        return word, known, AxiResp.OKAY

    def kinds(self, address: int) -> set[str]:
        """What a write to a register may do to its fields."""
        register = self.registers.get(address & ~7)
        return {"nothing"} if register is None else {self._kind(f) for f in register.fields()}

    def _kind(self, field: FieldNode) -> str:
        if not field.is_sw_writable:
            return "read only"
        if field.get_property("singlepulse"):
            return "pulse"
        if onwrite := field.get_property("onwrite"):
            return onwrite.name
        if field.get_property("swwel"):
            return "locked" if self._locked(field) else "unlocked"
        return "plain"

    def _locked(self, field: FieldNode) -> bool:
        lock = field.get_property("swwel")
        if not lock:
            return False
        name = self.name(lock)
        if name.endswith(".running"):
            ring = name.removesuffix(".running")
            on = self.values[f"{ring}.control.enable"]
            progress = [self.values[f"{ring}.progress.{n}"] for n in ("fetched", "completed")]
            return bool(on) or progress[0] != progress[1]
        return bool(self.values[LOCKS.get(name, name)])

    def write(self, address: int, data: int, strb: int) -> AxiResp:
        register = self.registers.get(address & ~7)
        if register is None or not register.has_sw_writable:
            return AxiResp.SLVERR
        enabled = sum(0xFF << 8 * i for i in range(8) if strb >> i & 1)
        for field in [f for f in register.fields() if f.is_sw_writable and not self._locked(f)]:
            name, ones = self.name(field), (1 << field.width) - 1
            bits, mask = data >> field.low & ones, enabled >> field.low & ones
            old = self.values[name]
            if field.get_property("singlepulse"):
                if bits & mask:
                    self._pulse(name)
            elif field.get_property("onwrite") == OnWriteType.woclr:
                self.values[name] = old & ~(bits & mask)
            elif field.get_property("onwrite") == OnWriteType.woset:
                self.values[name] = old | bits & mask
            else:
                self.values[name] = old & ~mask | bits & mask
        if self.values["staging_event.valid"]:
            self.values["irq_pending.staging"] = 1
        self.drive()
        return AxiResp.OKAY

    def _pulse(self, name: str) -> None:
        register, _, field = name.partition(".")
        if field in ("soft_reset", "take"):
            self.pulses[name] += 1
        elif field == "clear_counters":
            for counter in self.fields:
                if counter.startswith("counters."):
                    self.values[counter] = 0
        elif field == "go":
            if self.values["status.ready"]:
                self.values[f"{register}.busy"] = 1
                self.moving.add(register)
            else:
                self.values[f"{register}.status"] = LOST
        if self.in_reset:
            self._abort()

    # ---- Hardware ----

    @property
    def in_reset(self) -> bool:
        return not self.values["control.enable"] or bool(self.values["status.resetting"])

    @property
    def irq(self) -> bool:
        names = [name for name in self.fields if name.startswith("irq_pending.")]
        return any(self.values[n] & self.values[n.replace("pending", "enable")] for n in names)

    def drive(self, **values: int) -> None:
        """Change inputs."""
        changed = {name for name, value in values.items() if self.inputs[name] != value}
        self.inputs |= values
        frozen = self.values["control.freeze"]
        for name, value in self.inputs.items():
            if name.partition(".")[0] in COMMANDS or (frozen and name.startswith("prefetch.")):
                continue
            self.values[name] = value
        for ring in range(RINGS):
            if f"ring[{ring}].progress.completed" in changed and not self.in_reset:
                self.values["irq_pending.completed"] |= 1 << ring
        if self.values["staging_event.valid"]:
            self.values["irq_pending.staging"] = 1
        if self.in_reset:
            self._abort()

    def event(self, **counts: int) -> None:
        """A cycle's events, by the names of the interrupts and the counters."""
        for name, count in counts.items():
            if name in ("poison", "stray", "malformed", "reset_done"):
                self.values[f"irq_pending.{name}"] |= count
            elif name.startswith("counters.") and not self.values["control.freeze"]:
                self.values[name] += count
        if counts.get("reset_done"):
            self.values["control.enable"] = 0
            for ring in range(RINGS):
                for name in ("control.enable", "tail.count", "consumed.count"):
                    self.values[f"ring[{ring}].{name}"] = 0
            self.values["events.consumed.count"] = 0
            self._abort()

    def load(self, loader: int, ok: int, slot: int) -> None:
        name = f"loads[{loader}]"
        count = f"{name}.{'taken' if ok else 'refused'}"
        self.values[count] = self.values[count] + 1 & 0xFFFF
        self.values |= {f"{name}.ok": ok, f"{name}.slot": slot}

    def answer(self, command: str, status: int) -> None:
        """An engine's answer."""
        self.values |= {f"{command}.busy": 0, f"{command}.status": status}

    def _abort(self) -> None:
        for command in COMMANDS:
            if self.values[f"{command}.busy"]:
                self.answer(command, LOST)
