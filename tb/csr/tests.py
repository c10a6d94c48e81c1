"""Tests of the registers."""

from __future__ import annotations

import logging

import cocotb
import pyuvm
from cocotb.triggers import ClockCycles, RisingEdge, with_timeout
from pyuvm import ConfigDB, uvm_test

from tb.agents.axi_lite import AxiLiteAccess
from tb.agents.axi_lite.master import CHANNELS
from tb.agents.common import PATTERNS, reset, rng, start_clock
from tb.csr.coverage import irqs
from tb.csr.env import COVERAGE, PULSES, CsrEnv
from tb.csr.model import COMMANDS, LOST, RINGS, Model

GO = 1 << 56  # of a command; also an event's take
SPACE = 4096
# Cycles from the last handshake of a request to that of its response.
READ, WRITE = 4, 2


class CsrTest(uvm_test):
    """Runs `stimulus`, then reads everything."""

    def build_phase(self) -> None:
        self.g = rng(type(self).__name__)
        self.model = Model()
        ConfigDB().set(self, "*", "model", self.model)
        self.env = CsrEnv("env", self)
        self.at = {self.model.name(r): a for a, r in self.model.registers.items()}

    async def run_phase(self) -> None:
        self.raise_objection()
        start_clock()
        await reset()
        await self.env.settle()
        await self.stimulus()
        await self.read_all()
        await self.env.settle()
        self.drop_objection()

    async def stimulus(self) -> None:
        raise NotImplementedError

    # ---- Accesses ----

    async def through(self, *accesses: AxiLiteAccess) -> list[AxiLiteAccess]:
        """Several at once, until all are through."""
        begun = [self.env.master.begin(access) for access in accesses]
        for access in begun:
            await with_timeout(access.done.wait(), 100, "us")
        return begun

    def word(self, register: str, **fields: int) -> int:
        """The register's word; fields that are not named are 0."""
        node = self.model.registers[self.at[register]]
        return sum(value << node.get_child_by_name(n).low for n, value in fields.items())

    async def write(self, register: str, **fields: int) -> None:
        await self.env.master.write(self.at[register], self.word(register, **fields))

    async def read(self, register: str) -> dict[str, int]:
        word = await self.env.master.read(self.at[register])
        node = self.model.registers[self.at[register]]
        return {f.inst_name: word >> f.low & (1 << f.width) - 1 for f in node.fields()}

    async def read_all(self) -> None:
        await self.through(*(AxiLiteAccess(address) for address in self.model.registers))

    async def start(self) -> None:
        """Enabled and ready."""
        await self.write("control", enable=1)
        self.env.engines.drive(**{"status.ready": 1})
        await self.env.settle()

    async def finish(self, command: str) -> int:
        """Poll until the command is through; its status."""
        for _ in range(1000):
            found = await self.read(command)
            if not found["busy"]:
                self.model.moving.discard(command)
                return found["status"]
        raise AssertionError(f"{command}: no answer")

    async def command(self, command: str) -> int:
        """Give one with random fields; its word."""
        await self.through(self.random_write("window_page", strb=0xFF))
        access = self.random_write(command, strb=0xFF)
        access.data |= GO
        await self.through(access)
        return access.data

    def random_write(self, register: str, strb: int | None = None) -> AxiLiteAccess:
        """A write that gives no command and takes no event."""
        data = self.g.choice([0, -1, self.g.getrandbits(64)]) & (1 << 64) - 1
        if register in (*COMMANDS, "staging_event"):
            data &= ~GO
        if strb is None:
            strb = self.g.choice([0, 0xFF, self.g.getrandbits(8)])
        return AxiLiteAccess(
            self.at[register] + self.g.choice([0, self.g.randrange(8)]), data, strb
        )

    def nowhere(self) -> int:
        """An address of nothing."""
        while (address := self.g.randrange(SPACE)) & ~7 in self.model.registers:
            pass
        return address

    # ---- Hardware, while software is silent ----

    async def something(self) -> None:
        """Inputs and events of any kind."""
        engines, g = self.env.engines, self.g
        inputs = {
            name: g.getrandbits(self.model.width(name))
            for name in g.sample(sorted(self.model.inputs), 12)
            if name.partition(".")[0] not in (*COMMANDS, "staging_event")
        }
        engines.drive(**inputs)
        await self.env.settle()
        for _ in range(g.randrange(6)):
            loads = {g.randrange(3): (g.randrange(2), g.getrandbits(8))}
            pulses = g.sample(PULSES, g.choice([0, 0, 1, 2]))
            await engines.happen(
                *pulses, loads=g.choice([None, loads]), **engines.random_counts(g.random() < 0.1)
            )
        if not g.randrange(3):
            engines.offer(g.getrandbits(24), g.getrandbits(1), g.getrandbits(8))
        await self.env.settle()


@pyuvm.test()
class Everything(CsrTest):
    """Any accesses, many at once, with any stalls, between hardware's doings."""

    async def stimulus(self) -> None:
        names, patterns = sorted(self.at), sorted(PATTERNS)
        quiet = [n for n in names if n.startswith(("ring", "layout", "irq_enable"))]
        for n in range(120):
            if n % 4 == 0:
                chosen = {
                    c: patterns[(n // 4 + i * (n // 20 + 1)) % 5] for i, c in enumerate(CHANNELS)
                }
                for channel, pattern in chosen.items():
                    self.env.stalls[channel].name = pattern
                COVERAGE.stalls(chosen)
            await self.something()
            reads = [AxiLiteAccess(self.at[self.g.choice(names)]) for _ in range(10)]
            reads.append(AxiLiteAccess(self.nowhere()))
            writes = [self.random_write(self.g.choice(names)) for _ in range(10)]
            writes.append(AxiLiteAccess(self.nowhere(), self.g.getrandbits(64), 0xFF))
            self.g.shuffle(writes)
            await self.through(*writes)
            await self.env.settle()
            await self.through(*reads)
            mixed = [self.random_write(self.g.choice(quiet)) for _ in range(10)]
            written = {access.address & ~7 for access in mixed}
            mixed += [access for access in reads if access.address not in written]
            mixed = [AxiLiteAccess(a.address, a.data, a.strb) for a in mixed]
            self.g.shuffle(mixed)
            await self.through(*mixed)
            await self.write("staging_event", take=self.g.randrange(2))
            await self.env.settle()


@pyuvm.test()
class Reaches(CsrTest):
    """Every word of the address space is read and written, with all strobes' kinds."""

    async def stimulus(self) -> None:
        for strb in (0xFF, 0, 0x5A):
            for address in self.g.sample(range(0, SPACE, 8), SPACE // 8):
                name = next((n for n, at in self.at.items() if at == address), None)
                access = (
                    self.random_write(name, strb)
                    if name
                    else AxiLiteAccess(address, self.g.getrandbits(64), strb)
                )
                await self.through(AxiLiteAccess(address), access)
                await self.through(AxiLiteAccess(address))
            await self.env.settle()


@pyuvm.test()
class Locks(CsrTest):
    """The layout, rings and commands are written while unlocked, and not while locked."""

    async def stimulus(self) -> None:
        layout = [name for name in self.at if name.startswith("layout.")]
        for _ in range(4):
            for name in layout:
                await self.through(self.random_write(name))
            await self.start()
            for name in layout:
                await self.through(self.random_write(name, 0xFF))
            await self.env.settle()
            await self.env.engines.happen("reset_done")
            await self.env.settle()
        await self.start()
        for ring in range(RINGS):
            await self.ring(ring)
        engines = self.env.engines
        for command in COMMANDS:
            engines.hold.add(command)
            await self.command(command)
            self.model.moving.discard(command)  # busy until it is let go
            for strb in (0xFF, 0, 0x0F):
                await self.through(self.random_write(command, strb))
            await self.through(AxiLiteAccess(self.at[command], (1 << 64) - 1, 0xFF))
            await self.through(self.random_write("window_page"), AxiLiteAccess(self.at[command]))
            self.model.moving.add(command)
            engines.hold.clear()
            await self.finish(command)
            assert engines.taken[command] == 1
            await self.through(AxiLiteAccess(self.at[command]))

    async def ring(self, ring: int) -> None:
        names = [name for name in self.at if name.startswith(f"ring[{ring}].")]
        engines, progress = self.env.engines, f"ring[{ring}].progress"
        for fetched, completed, enable in ((0, 0, 0), (5, 4, 0), (5, 5, 1), (6, 5, 1), (6, 6, 0)):
            engines.drive(**{f"{progress}.fetched": fetched, f"{progress}.completed": completed})
            await self.write(f"ring[{ring}].control", enable=enable)
            for name in names:
                if not name.endswith("control"):
                    await self.through(self.random_write(name))
            fields = {"tenant": self.g.getrandbits(16), "size_log2": self.g.getrandbits(4)}
            await self.write(f"ring[{ring}].control", enable=enable, **fields)
            await self.env.settle()
            await self.read_all()


@pyuvm.test()
class Commands(CsrTest):
    """Every command is answered, refused, or cut by a reset of the engines."""

    async def stimulus(self) -> None:
        engines = self.env.engines
        for command in COMMANDS:
            await self.command(command)
            assert await self.finish(command) == LOST, "given while the engines are in reset"
        await self.start()
        for n in range(40):
            engines.stall.name = sorted(PATTERNS)[n % 4]
            for command in self.g.sample(COMMANDS, 3):
                await self.command(command)
                assert await self.finish(command) == self.model.values[f"{command}.status"] < LOST
                COVERAGE.command(command, "answered")
        assert set(engines.taken.values()) == {40}
        # At once: each has its own port.
        for command in COMMANDS:
            await self.command(command)
        for command in COMMANDS:
            await self.finish(command)
        engines.drive(**{"status.ready": 0})
        for command in COMMANDS:
            await self.command(command)
            assert await self.finish(command) == LOST
            COVERAGE.command(command, "refused")
        for command in COMMANDS:
            await self.cut(command, engines.hold, "cut before it was taken")
            if command != "cancel":
                await self.cut(command, engines.hold_answer, "cut before it was answered")
        assert engines.taken == {"manage": 42, "cancel": 41, "window": 42}

    async def cut(self, command: str, hold: set[str], outcome: str) -> None:
        """A soft reset, in which the engine forgets the command; then the next one is answered."""
        engines = self.env.engines
        engines.stall.name = "none"
        await self.start()
        hold.add(command)
        await self.command(command)
        await ClockCycles(cocotb.top.clk_i, 10)
        assert (await self.read(command))["busy"]
        await self.write("control", soft_reset=1)
        engines.drive(**{"status.draining": 1, "status.ready": 0})
        await self.env.settle()
        assert (await self.read(command))["busy"], "draining cuts nothing"
        engines.drive(**{"status.draining": 0, "status.resetting": 1})
        await self.env.settle()
        assert await self.finish(command) == LOST
        COVERAGE.command(command, outcome)
        await engines.happen("reset_done")
        engines.drive(**{"status.resetting": 0})
        hold.clear()
        await self.env.settle()
        assert not (await self.read("control"))["enable"]


@pyuvm.test()
class Interrupts(CsrTest):
    """Every source, masked and enabled, cleared, and set in the cycle in which it is cleared."""

    async def stimulus(self) -> None:
        await self.start()
        effect = await self.effect()
        for name, bit in irqs(self.model):
            for enabled in (0, 1):
                await self.clear()
                register = self.at["irq_pending"]
                mask = 1 << bit + self.model.fields[name].low
                await self.env.master.write(
                    self.at["irq_enable"], mask if enabled else ~mask & (1 << 64) - 1
                )
                await self.cause(name, bit)
                await self.env.settle()
                assert await self.env.master.read(register) == mask
                assert bool(cocotb.top.irq_o.value) == bool(enabled)
                COVERAGE.irq(name, bit, "enabled" if enabled else "masked")
                await self.env.master.write(register, ~mask & (1 << 64) - 1)
                assert await self.env.master.read(register) == mask, "only a 1 clears"
                await self.clear()
                assert not await self.env.master.read(register)
                COVERAGE.irq(name, bit, "cleared")
            if "staging" not in name:
                for late in range(-3, 4):
                    await self.race(name, bit, effect + late, late >= 0)
                COVERAGE.irq(name, bit, "kept when cleared")

    async def clear(self) -> None:
        """Nothing is pending, and the engines are on, without which no completion counts."""
        await self.write("control", enable=1)
        if self.model.values["staging_event.valid"]:
            await self.write("staging_event", take=1)
        await self.env.settle()
        await self.env.master.write(self.at["irq_pending"], (1 << 64) - 1)
        await self.env.settle()

    async def cause(self, name: str, bit: int) -> None:
        source, engines = name.partition(".")[2], self.env.engines
        if source == "completed":
            progress = f"ring[{bit}].progress.completed"
            engines.drive(**{progress: self.model.inputs[progress] + 1 & 0xFFFF})
            await RisingEdge(cocotb.top.clk_i)
        elif source == "staging":
            engines.offer(self.g.getrandbits(24), self.g.getrandbits(1), self.g.getrandbits(8))
        else:
            await engines.happen(source)

    async def effect(self) -> int:
        """Cycles from the call of a write to the one in which its register takes it."""
        self.env.master.begin(AxiLiteAccess(self.at["control"], 0b10, 0xFF))
        top, cycles = cocotb.top, 0
        while not top.config_o.value.to_unsigned() >> len(top.config_o) - 2 & 1:
            await RisingEdge(top.clk_i)
            cycles += 1
        await self.env.settle()
        return cycles - 1

    async def race(self, name: str, bit: int, after: int, kept: bool) -> None:
        """Clear, and cause anew in the cycle that is `after` cycles behind the call."""
        register, mask = self.at["irq_pending"], 1 << bit + self.model.fields[name].low
        await self.cause(name, bit)
        await self.clear()
        clearing = self.env.master.begin(AxiLiteAccess(register, mask, 0xFF))
        await ClockCycles(cocotb.top.clk_i, after - 1)
        await self.cause(name, bit)
        await clearing.done.wait()
        # The model has it in the order in which the bench learnt of it.
        self.model.values[name] = kept << bit
        await self.env.settle()
        found = await self.env.master.read(register)
        assert bool(found & mask) == kept, f"{name}[{bit}] {after} cycles after the call"
        await self.clear()


@pyuvm.test()
class Counters(CsrTest):
    """Each one counts what happens, unless frozen; all are cleared together."""

    async def stimulus(self) -> None:
        engines = self.env.engines
        names = [name for name in self.model.fields if name.startswith("prefetch.")]
        for _ in range(4):
            for frozen in (0, 1):
                await self.write("control", freeze=frozen)
                await self.env.settle()
                for most in (True, False, False):
                    for _ in range(20):
                        await engines.happen(**engines.random_counts(most))
                    engines.drive(**{name: self.g.getrandbits(32) for name in names})
                for name in names:
                    COVERAGE.counter(name, bool(frozen))
                await self.env.settle()
                await self.read_all()
            await self.write("control", freeze=1, clear_counters=self.g.randrange(2))
            await self.env.settle()
            await self.read_all()
        await self.cycles()
        await self.concurrent()

    async def cycles(self) -> None:
        """The counter of cycles counts those between two writes that take as long."""
        top = cocotb.top
        await self.write("control", freeze=1, clear_counters=1)
        await self.env.settle()
        for cycles in (20, 1000):
            before = (await self.read("counters.cycles"))["count"]
            thaw = self.env.master.begin(AxiLiteAccess(self.at["control"], 0, 0xFF))
            await ClockCycles(top.clk_i, cycles)
            await thaw.done.wait()
            await self.write("control", freeze=1)
            assert (await self.read("counters.cycles"))["count"] - before == cycles
        await self.env.settle()
        await self.write("control", freeze=1, clear_counters=1)
        assert (await self.read("counters.cycles"))["count"] == 0

    async def concurrent(self) -> None:
        """Readings while it counts lie between what was counted before and after."""
        await self.write("control", freeze=0)
        await self.env.settle()
        self.env.scoreboard.on = False
        counting = cocotb.start_soon(self.count_on())
        for _ in range(200):
            name = self.g.choice(self.env.engines.counters)
            before = self.model.values[name]
            found = (await self.read(name.removesuffix(".count")))["count"]
            assert before - self.last[name] <= found <= self.model.values[name]
        self.counting = False
        await counting
        await self.env.settle()
        self.env.scoreboard.on = True

    async def count_on(self) -> None:
        """Events in every cycle; `last`: those that the registers may not have seen yet."""
        self.counting, self.last = True, dict.fromkeys(self.env.engines.counters, 0)
        while self.counting:
            counts = self.env.engines.random_counts()
            self.last = {name: counts.get(name, 0) for name in self.last}
            await self.env.engines.happen(**counts)


@pyuvm.test()
class Resets(CsrTest):
    """A reset in the middle of accesses: the registers begin anew, nothing hangs."""

    async def stimulus(self) -> None:
        names = sorted(self.at)
        for _ in range(10):
            await self.something()
            self.env.scoreboard.on = False  # reads and writes pass each other
            for _ in range(20):
                name = self.g.choice(names)
                access = self.g.choice([self.random_write(name), AxiLiteAccess(self.at[name])])
                self.env.master.begin(access)
            await ClockCycles(cocotb.top.clk_i, self.g.randint(1, 40))
            await reset(self.g.randint(1, 4))
            self.model.reset()
            self.env.engines.forget()
            self.env.scoreboard.on = True
            await self.env.settle()
            await self.read_all()


@pyuvm.test()
class Speed(CsrTest):
    """The cycles of a read and a write alone."""

    async def stimulus(self) -> None:
        port, top = cocotb.top.u_axil, cocotb.top

        async def handshake(channel: str) -> int:
            valid, ready = (getattr(port, f"{channel}{n}") for n in ("valid", "ready"))
            cycle = 0
            while True:
                await RisingEdge(top.clk_i)
                cycle += 1
                if valid.value and ready.value:
                    return cycle

        for request, response, access, expected in (
            ("ar", "r", AxiLiteAccess(0), READ),
            ("w", "b", AxiLiteAccess(self.at["ring[0].base"], 1, 0xFF), WRITE),
        ):
            for _ in range(2):  # the first finds the master's ends asleep
                ends = [cocotb.start_soon(handshake(n)) for n in (request, response)]
                await self.through(AxiLiteAccess(access.address, access.data, access.strb))
                took = (await ends[1]) - (await ends[0])
            self.logger.info("%s to %s: %d cycles", request, response, took)
            assert took == expected


@cocotb.test(stage=1)
async def coverage_goal(_) -> None:
    """Every bin of functional coverage was hit."""
    COVERAGE.judge(logging.getLogger("cocotb.coverage"))
