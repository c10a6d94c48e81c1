"""AXI4: a device memory at a master's port of the DUT.

The bench's top level has an instance of axi4_port at the master's port::

    memory = DeviceMemory(1 << 20, PRESETS["hbm"])
    ConfigDB().set(self, "memory", "config", Axi4Config(cocotb.top.u_m_axi, memory))
    self.memory = Axi4Memory("memory", self)

and `SOURCES` among its sources.  axi4_master is for cocotbext-axi's masters at slave ports.

`Axi4Memory.ap` publishes an `Axi4Access` for each burst that is through.
"""

from tb.agents.axi4.access import Axi4Access
from tb.agents.axi4.memory import Axi4Config, Axi4Memory, Axi4Stalls
from tb.agents.axi4.sources import SOURCES

__all__ = ["SOURCES", "Axi4Access", "Axi4Config", "Axi4Memory", "Axi4Stalls"]
