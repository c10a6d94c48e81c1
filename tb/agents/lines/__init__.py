"""A master of whole lines over AXI4: a GPU or a DMA engine at a device port.

The top level has the ports ``<name>_ar``, ``_r``, ``_aw``, ``_w`` and ``_b``, each with ``_valid``
and ``_ready``, structs packed as in skv_axi_pkg.  `LineMaster.read` and `write` are bursts.
"""

from tb.agents.lines.master import LineMaster, LineMasterConfig

__all__ = ["LineMaster", "LineMasterConfig"]
