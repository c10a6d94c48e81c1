// The prefetch core.  Paths are relative to the repository root.
-f rtl/mem/mem.f
rtl/speckv/speckv_pkg.sv
rtl/dma/dma_pkg.sv
rtl/prefetch/prefetch_pkg.sv
rtl/prefetch/prefetch_intake.sv
rtl/prefetch/prefetch_requests.sv
rtl/prefetch/prefetch_scores.sv
rtl/prefetch/prefetch_rank.sv
rtl/prefetch/prefetch_shares.sv
rtl/prefetch/prefetch_slots.sv
rtl/prefetch/prefetch_flights.sv
rtl/prefetch/prefetch_directory.sv
rtl/prefetch/prefetch_counters.sv
rtl/prefetch/prefetch_engine.sv
rtl/prefetch/prefetch.sv
