"""Environment: a master, the engines' side, and a scoreboard that asks the model."""

from __future__ import annotations

from collections import Counter, deque

import cocotb
from cocotb.triggers import ClockCycles, RisingEdge
from pyuvm import ConfigDB, uvm_component, uvm_env, uvm_subscriber

from tb.agents.axi_lite import AxiLiteAccess, AxiLiteConfig, AxiLiteMaster
from tb.agents.axi_lite.master import CHANNELS
from tb.agents.common import ResetWatch, rng
from tb.codec.env import Throttle
from tb.csr.coverage import CsrCoverage
from tb.csr.model import COMMANDS, RINGS, Model

COVERAGE = CsrCoverage()

# The structs of skv_csr_pkg by the fields they carry, the highest first.
LAYOUT = ("root_base.address", "link_base.address", "pool_base.address", "segments.count")
LAYOUT += ("staging_base.address", "hdm_base.line", "hdm_size.lines", "hdm_size.bi_id")
LAYOUT += ("embeddings.address", "states.address", "l2_base.line", "event_base.page")
LAYOUT += ("event_base.size_log2",)
RING = ("control.enable", "control.tenant", "window_base.address", "window_limit.address")
RING += ("base.address", "completions.address", "control.size_log2", "tail.count", "consumed.count")
RINGS_DOWN = range(RINGS - 1, -1, -1)
PREFETCH = "hits late misses full refused issued unplaced useful cancelled failed wasted rejected"

CONFIG = ("control.enable", "control.soft_reset", *(f"layout.{name}" for name in LAYOUT))
CONFIG += ("events.consumed.count",)
CONFIG += tuple(f"ring[{i}].{name}" for i in RINGS_DOWN for name in RING)

STATUS = tuple(f"caps_memory.{n}" for n in ("lanes", "channels", "rings", "tables", "tlb_entries"))
STATUS += ("caps_staging.pages", "caps_staging.window_pages")
STATUS += tuple(f"caps_prefetch.{n}" for n in ("requests", "slots", "flights"))
STATUS += tuple(f"caps_request.{n}" for n in ("layers", "heads", "pages"))
STATUS += tuple(f"status.{n}" for n in ("ready", "idle", "draining", "resetting"))
STATUS += ("layout.free_units.count", "events.written.count")
STATUS += tuple(f"ring[{i}].progress.{n}" for n in ("fetched", "completed") for i in RINGS_DOWN)
STATUS += tuple(f"prefetch.{n}.count" for n in PREFETCH.split())

PULSES = ("poison", "stray", "malformed", "reset_done")
LOADS = tuple(f"loads[{i}].{n}" for i in (2, 1, 0) for n in ("valid", "ok", "slot"))
COMMAND = {
    "manage": ("manage.op", *(f"manage.{n}" for n in ("request", "tenant", "layers", "heads"))),
    "cancel": ("cancel.ring", "cancel.tag"),
    "window": (
        *(f"window.{n}" for n in ("op", "page", "tenant")),
        "window_page.vpn",
        *(f"window.{n}" for n in ("slot", "fresh")),
    ),
}


class Scoreboard(uvm_subscriber):
    """Compares each access with the model, which it makes the access too."""

    def build_phase(self) -> None:
        self.model: Model = ConfigDB().get(self, "", "model")
        self.on = True
        self.checked = 0

    def write(self, access: AxiLiteAccess) -> None:
        model = self.model
        COVERAGE.access(model, access)
        if access.strb is not None:
            resp = model.write(access.address, access.data, access.strb)
            assert access.resp == resp, f"{access}: expected {resp}"
        elif self.on:
            data, known, resp = model.read(access.address)
            assert access.resp == resp, f"{access}: expected {resp}"
            assert not (access.data ^ data) & known, (
                f"{access}: expected {data:#x}, of which {known & (1 << 64) - 1:#x} counts"
            )
        self.checked += 1

    def check_phase(self) -> None:
        assert self.checked, "nothing was accessed"


class Engines(uvm_component):
    """What hardware does: inputs, events, answers to commands.

    hold: commands that are not taken, hold_answer: that are not answered.  seen: pulses at the
    outputs, by the names of their fields.
    """

    def build_phase(self) -> None:
        self.model: Model = ConfigDB().get(self, "", "model")
        self.g = rng("engines")
        self.stall = Throttle()
        self.hold: set[str] = set()
        self.hold_answer: set[str] = set()
        self.taken: Counter[str] = Counter()
        self.seen: Counter[str] = Counter()
        self.staged: deque[dict[str, int]] = deque()
        self.counters = [n for n in self.model.fields if n.startswith("counters.")][1:]

    def width(self, name: str) -> int:
        """Of a count or any field."""
        if name.startswith("counters."):
            return self.model.fields[name].get_property("incrwidth") or 1
        return self.model.width(name)

    def start_of_simulation_phase(self) -> None:
        top = cocotb.top
        top.events_i.value = 0
        for name in ("manage_ready_i", "managed_valid_i", "managed_i", "cancel_ready_i"):
            getattr(top, name).value = 0
        for name in (
            "window_ready_i",
            "windowed_valid_i",
            "windowed_i",
            "event_valid_i",
            "event_i",
        ):
            getattr(top, name).value = 0
        self._put_status()
        self._watch = ResetWatch(top.rst_ni)

    def _pack(self, names: tuple[str, ...], values: dict[str, int]) -> int:
        word = 0
        for name in names:
            word = word << self.width(name) | values.get(name, 0)
        return word

    def _put_status(self) -> None:
        cocotb.top.status_i.value = self._pack(STATUS, self.model.inputs)

    def drive(self, **values: int) -> None:
        """Change inputs, from the next cycle on."""
        self.model.drive(**values)
        self._put_status()

    def _events(self, pulses: dict, loads: dict, counts: dict) -> int:
        word = 0
        for name in PULSES:
            word = word << 1 | pulses.get(name, 0)
        for name in LOADS:
            word = word << (8 if name.endswith("slot") else 1) | loads.get(name, 0)
        for name in self.counters:
            word = word << self.width(name) | counts.get(name, 0)
        return word

    def random_counts(self, most: bool = False) -> dict[str, int]:
        """Some counters' increments, or the greatest of all."""
        ones = {name: (1 << self.width(name)) - 1 for name in self.counters}
        if most:
            return ones
        some = self.g.sample(self.counters, self.g.randint(0, len(self.counters)))
        return {name: self.g.randint(0, ones[name]) for name in some}

    async def happen(
        self, *pulses: str, loads: dict[int, tuple[int, int]] | None = None, **counts: int
    ) -> None:
        """A cycle's events; loads: of which loader, whether taken, and the slot."""
        loaded = {}
        for loader, (ok, slot) in (loads or {}).items():
            name = f"loads[{loader}]"
            loaded |= {f"{name}.valid": 1, f"{name}.ok": ok, f"{name}.slot": slot}
            self.model.load(loader, ok, slot)
        for name in counts:
            COVERAGE.counter(name, bool(self.model.values["control.freeze"]))
        self.model.event(**dict.fromkeys(pulses, 1), **counts)
        cocotb.top.events_i.value = self._events(dict.fromkeys(pulses, 1), loaded, counts)
        await RisingEdge(cocotb.top.clk_i)
        cocotb.top.events_i.value = 0

    def check_outputs(self) -> None:
        """The configuration and the interrupt line are as modelled."""
        model, top = self.model, cocotb.top
        word = top.config_o.value.to_unsigned()
        for name in reversed(CONFIG):
            width = model.width(name)
            value = word & (1 << width) - 1
            word >>= width
            assert value == model.values[name], f"{name} is {value:#x} at the engines"
        assert bool(top.irq_o.value) == model.irq, "irq_o"
        assert self.seen == model.pulses, f"pulses: {self.seen}, expected {model.pulses}"

    async def run_phase(self) -> None:
        for command in COMMANDS:
            cocotb.start_soon(self._serve(command))
        top, edge = cocotb.top, RisingEdge(cocotb.top.clk_i)
        soft_reset = len(top.config_o) - 2
        while True:
            await edge
            if self._watch.active:
                continue
            if top.config_o.value.to_unsigned() >> soft_reset & 1:
                self.seen["control.soft_reset"] += 1
            if top.event_ready_o.value:
                self.seen["staging_event.take"] += 1
                if self.staged:
                    self.staged.popleft()
                    self._stage()

    def offer(self, page: int, store: int, status: int) -> None:
        """An event of the staging area, behind those that wait."""
        event = {"page": page, "store": store, "status": status}
        self.staged.append({f"staging_event.{name}": value for name, value in event.items()})
        if len(self.staged) == 1:
            self._stage()

    def _stage(self) -> None:
        """Offer the next event."""
        event = self.staged[0] if self.staged else {}
        self.model.drive(
            **{
                "staging_event.page": event.get("staging_event.page", 0),
                "staging_event.store": event.get("staging_event.store", 0),
                "staging_event.status": event.get("staging_event.status", 0),
                "staging_event.valid": int(bool(event)),
            }
        )
        names = ("staging_event.page", "staging_event.store", "staging_event.status")
        cocotb.top.event_i.value = self._pack(names, self.model.inputs)
        cocotb.top.event_valid_i.value = int(bool(event))

    def forget(self) -> None:
        """Behind a reset of the registers."""
        self.seen.clear()
        self.model.pulses.clear()

    async def _serve(self, command: str) -> None:
        """Take commands and answer them."""
        top, edge = cocotb.top, RisingEdge(cocotb.top.clk_i)
        answers = {"manage": "managed", "window": "windowed"}.get(command)
        valid, ready = getattr(top, f"{command}_valid_o"), getattr(top, f"{command}_ready_i")
        go, wait, taken = self.stall(rng(command)), 0, False
        while True:
            await edge
            if self._watch.active or self.model.in_reset:
                taken = False
                ready.value = 0
                if answers:
                    getattr(top, f"{answers}_valid_i").value = 0
                continue
            if ready.value and valid.value:
                word = getattr(top, f"{command}_o").value.to_unsigned()
                expected = self._pack(COMMAND[command], self.model.values)
                assert word == expected, f"{command}: {word:#x}, expected {expected:#x}"
                self.taken[command] += 1
                taken, wait = True, self.g.randint(0, 5)
                if not answers:
                    self.model.answer(command, 0)
                    taken = False
            elif answers and getattr(top, f"{answers}_valid_i").value:
                if getattr(top, f"{answers}_ready_o").value:
                    getattr(top, f"{answers}_valid_i").value = 0
                    self.model.answer(command, getattr(top, f"{answers}_i").value.to_unsigned())
                    taken = False
            elif taken and command not in self.hold_answer:
                wait -= 1
                if wait < 0:
                    getattr(top, f"{answers}_i").value = self.g.randint(0, 7)
                    getattr(top, f"{answers}_valid_i").value = 1
            ready.value = (
                next(go)
                and not taken
                and command not in self.hold
                and not (ready.value and valid.value)
            )


class CsrEnv(uvm_env):
    """ConfigDB ``model`` holds the model."""

    def build_phase(self) -> None:
        self.stalls = {name: Throttle() for name in CHANNELS}
        config = AxiLiteConfig(cocotb.top.u_axil, self.stalls)
        ConfigDB().set(self, "master", "config", config)
        self.master = AxiLiteMaster("master", self)
        self.engines = Engines("engines", self)
        self.scoreboard = Scoreboard("scoreboard", self)

    def connect_phase(self) -> None:
        self.master.ap.connect(self.scoreboard.analysis_export)

    async def settle(self) -> None:
        """Let what was set off take effect, then compare the outputs."""
        await ClockCycles(cocotb.top.clk_i, 4)
        self.engines.check_outputs()
