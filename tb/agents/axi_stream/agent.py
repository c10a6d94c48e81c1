"""The agent: a monitor, and a driver where it is active."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from pyuvm import ConfigDB, uvm_agent, uvm_sequencer

from tb.agents.axi_stream.driver import AxisSinkDriver, AxisSourceDriver
from tb.agents.axi_stream.monitor import AxisMonitor
from tb.agents.axi_stream.signals import AxisSignals
from tb.agents.common import Pattern, no_stall


class AxisMode(Enum):
    """What the agent drives."""

    SOURCE = "tvalid and payload"
    SINK = "tready"
    PASSIVE = "nothing"


@dataclass(frozen=True)
class AxisConfig:
    """An agent's place: a stream of the top level, a mode and, where active, a stall pattern."""

    prefix: str
    mode: AxisMode
    stall: Pattern = no_stall


class AxisAgent(uvm_agent):
    """Reads its `AxisConfig` from the ConfigDB field ``config``.

    `ap` publishes what the monitor sees; a source takes its packets from `sequencer`.
    """

    def build_phase(self) -> None:
        self.config: AxisConfig = ConfigDB().get(self, "", "config")
        signals = AxisSignals(self.config.prefix)
        self.monitor = AxisMonitor("monitor", self, signals)
        if self.config.mode is AxisMode.SOURCE:
            self.sequencer = uvm_sequencer("sequencer", self)
            self.driver = AxisSourceDriver("driver", self, signals, self.config.stall)
        elif self.config.mode is AxisMode.SINK:
            self.driver = AxisSinkDriver("driver", self, signals, self.config.stall)

    def connect_phase(self) -> None:
        self.ap = self.monitor.ap
        if self.config.mode is AxisMode.SOURCE:
            self.driver.seq_item_port.connect(self.sequencer.seq_item_export)
