"""AXI4-Lite: a master at a slave's port of the DUT.

The bench's top level has an instance of axil_master at the port, the bench `SOURCES` among its
sources; `AxiLiteMaster` takes any number of accesses at once, with any strobes, and publishes each
`AxiLiteAccess` that is through.
"""

from tb.agents.axi_lite.master import AxiLiteAccess, AxiLiteConfig, AxiLiteMaster
from tb.agents.axi_lite.sources import SOURCES

__all__ = ["SOURCES", "AxiLiteAccess", "AxiLiteConfig", "AxiLiteMaster"]
