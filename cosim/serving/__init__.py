"""What the engines would give a serving system: a discrete-event model of GPU, link and FPGA.

Modelled, not measured.  What the engines do (ratio, hit rates, cycles) is read from the reports of
`make cosim-memory` and `make prefetch-study` (`engine`).  GPUs, links, models and prices stand in
parameters.toml with their sources.  Requests are ShareGPT's, or a published trace's (`requests`).
`make serving` prints what follows from it.
"""
