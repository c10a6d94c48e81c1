// The page store: allocator and page table.  Paths are relative to the repository root.
-f rtl/mem/mem.f
rtl/pagestore/pagestore_pkg.sv
rtl/pagestore/pagestore_reader.sv
rtl/pagestore/pagestore_writer.sv
rtl/pagestore/pagestore_jobs.sv
rtl/pagestore/pagestore_invalidate.sv
rtl/pagestore/pagestore_map.sv
rtl/pagestore/pagestore_allocator.sv
rtl/pagestore/pagestore_engine.sv
rtl/pagestore/pagestore.sv
