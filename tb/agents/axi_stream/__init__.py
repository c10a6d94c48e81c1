"""AXI4-Stream: one sequence item is one packet of whole beats (no TKEEP).

The DUT's ports are ``<prefix>_tdata``, ``_tvalid``, ``_tready``, ``_tlast`` and, optionally,
``_tuser``, each with ``_i`` or ``_o``.  A prefix ``s_...`` is a stream into the DUT, ``m_...`` a
stream out of it.
"""

from tb.agents.axi_stream.agent import AxisAgent, AxisConfig, AxisMode
from tb.agents.axi_stream.monitor import AxisReset, ProtocolError
from tb.agents.axi_stream.packet import AxisPacket
from tb.agents.axi_stream.sequences import AxisSend

__all__ = [
    "AxisAgent",
    "AxisConfig",
    "AxisMode",
    "AxisPacket",
    "AxisReset",
    "AxisSend",
    "ProtocolError",
]
