"""Environment of all codec benches: a source, a sink, a scoreboard, coverage."""

from __future__ import annotations

import random
from collections.abc import Iterator

from pyuvm import ConfigDB, uvm_env

from tb.agents.axi_stream import AxisAgent, AxisConfig, AxisMode
from tb.agents.common import PATTERNS
from tb.codec.scoreboard import Scoreboard


class Throttle:
    """A stall pattern that a test may change while it runs, by its name in PATTERNS."""

    def __init__(self) -> None:
        self.name = "none"

    def __call__(self, stream: random.Random) -> Iterator[bool]:
        while True:
            name = self.name
            for go in PATTERNS[name](stream):
                yield go
                if self.name != name:
                    break


class CodecEnv(uvm_env):
    """ConfigDB ``coverage`` holds the bench's coverage, which the environment connects."""

    def build_phase(self) -> None:
        self.source_stall, self.sink_stall = Throttle(), Throttle()
        source = AxisConfig("s_axis", AxisMode.SOURCE, self.source_stall)
        sink = AxisConfig("m_axis", AxisMode.SINK, self.sink_stall)
        ConfigDB().set(self, "source", "config", source)
        ConfigDB().set(self, "sink", "config", sink)
        self.source = AxisAgent("source", self)
        self.sink = AxisAgent("sink", self)
        self.scoreboard = Scoreboard("scoreboard", self)
        self.coverage = ConfigDB().get(self, "", "coverage")

    def connect_phase(self) -> None:
        self.source.ap.connect(self.scoreboard.source.analysis_export)
        self.sink.ap.connect(self.scoreboard.sink.analysis_export)
        coverage = self.coverage
        coverage.start_test()
        self.scoreboard.observers.append(
            lambda item, sent, received: coverage.page(item, self.stalls)
        )

    @property
    def stalls(self) -> tuple[str, str]:
        """The stall patterns of source and sink."""
        return self.source_stall.name, self.sink_stall.name

    @property
    def phase(self) -> tuple[bool, bool]:
        """Whether the source and the sink are inside a page."""
        return self.source.monitor.inside_packet, self.sink.monitor.inside_packet
