// Cells that every engine may use.  Paths are relative to the repository root.
+incdir+rtl/common
rtl/common/skv_skid.sv
