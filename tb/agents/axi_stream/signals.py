"""The handles of one stream, looked up once."""

from __future__ import annotations

import cocotb


class AxisSignals:
    """Handles of stream `prefix` of the top level; `tuser` is None where there is no such port."""

    def __init__(self, prefix: str) -> None:
        """Raises AttributeError if a port is missing, ValueError for another kind of prefix."""
        if prefix[:2] not in ("s_", "m_"):
            raise ValueError(f"a stream's prefix starts with s_ or m_: {prefix}")
        into_dut = prefix.startswith("s_")
        forward, backward = ("i", "o") if into_dut else ("o", "i")
        top = cocotb.top
        self.name = prefix
        self.clk = top.clk_i
        self.rst_n = top.rst_ni
        self.tdata = getattr(top, f"{prefix}_tdata_{forward}")
        self.tvalid = getattr(top, f"{prefix}_tvalid_{forward}")
        self.tlast = getattr(top, f"{prefix}_tlast_{forward}")
        self.tuser = getattr(top, f"{prefix}_tuser_{forward}", None)
        self.tready = getattr(top, f"{prefix}_tready_{backward}")
