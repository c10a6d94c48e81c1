"""CXL.mem: a host with a cache at the device's channels.

`CoherentHost` (host.py) is the agent; `messages` are its messages, `channel` one channel's driver
and monitor on cocotb-bus.  The top level has the ports ``m2s_req``, ``m2s_rwd``, ``m2s_birsp``,
``s2m_ndr``, ``s2m_drs`` and ``s2m_bisnp``, each with ``_valid`` and ``_ready``, structs packed.
"""
