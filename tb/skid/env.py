"""Environment: a source, a sink, and a scoreboard that expects what went in to come out."""

from __future__ import annotations

from collections import deque

from pyuvm import ConfigDB, uvm_env, uvm_subscriber

from tb.agents.axi_stream import AxisAgent, AxisConfig, AxisMode, AxisPacket, AxisReset
from tb.agents.common import PATTERNS


class Expect(uvm_subscriber):
    """Queues the packets the DUT took; a reset empties the queue."""

    def build_phase(self) -> None:
        self.queue: deque[AxisPacket] = deque()
        self.resets = 0

    def write(self, event: AxisPacket | AxisReset) -> None:
        if isinstance(event, AxisReset):
            self.queue.clear()
            self.resets += 1
        else:
            self.queue.append(event)


class Scoreboard(uvm_subscriber):
    """Compares each packet that leaves with the oldest one expected."""

    def build_phase(self) -> None:
        self.expect = Expect("expect", self)
        self.matched = 0

    def write(self, event: AxisPacket | AxisReset) -> None:
        if isinstance(event, AxisReset):
            return
        assert self.expect.queue, f"unexpected {event}"
        expected = self.expect.queue.popleft()
        assert event == expected, f"got {event}, expected {expected}"
        self.matched += 1

    def check_phase(self) -> None:
        assert self.matched, "no packet came out"
        assert not self.expect.queue, f"{len(self.expect.queue)} packets never came out"
        self.logger.info("matched %d packets, %d resets", self.matched, self.expect.resets)


class SkidEnv(uvm_env):
    """ConfigDB ``stall`` names the pattern of the source and that of the sink."""

    def build_phase(self) -> None:
        source_stall, sink_stall = ConfigDB().get(self, "", "stall")
        source = AxisConfig("s_axis", AxisMode.SOURCE, PATTERNS[source_stall])
        sink = AxisConfig("m_axis", AxisMode.SINK, PATTERNS[sink_stall])
        ConfigDB().set(self, "source", "config", source)
        ConfigDB().set(self, "sink", "config", sink)
        self.source = AxisAgent("source", self)
        self.sink = AxisAgent("sink", self)
        self.scoreboard = Scoreboard("scoreboard", self)

    def connect_phase(self) -> None:
        self.source.ap.connect(self.scoreboard.expect.analysis_export)
        self.sink.ap.connect(self.scoreboard.analysis_export)
