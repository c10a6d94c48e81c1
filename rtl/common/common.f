// Cells that every engine may use.  Paths are relative to the repository root.
+incdir+rtl/common
rtl/common/skv_skid.sv
rtl/common/skv_fork.sv
rtl/common/skv_round_robin.sv
rtl/common/skv_merge.sv
rtl/common/skv_fifo.sv
rtl/common/skv_slack_fifo.sv
rtl/common/skv_sdpram.sv
rtl/common/skv_ram_fifo.sv
rtl/common/skv_delay.sv
rtl/common/skv_page_framer.sv
