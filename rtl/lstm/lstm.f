// The next-token predictor.  Paths are relative to the repository root.
-f rtl/mem/mem.f
rtl/lstm/lstm_pkg.sv
rtl/lstm/lstm_loader.sv
rtl/lstm/lstm_dot.sv
rtl/lstm/lstm_scale.sv
rtl/lstm/lstm_matrix.sv
rtl/lstm/lstm_vectors.sv
rtl/lstm/lstm_curve.sv
rtl/lstm/lstm_unit.sv
rtl/lstm/lstm_cells.sv
rtl/lstm/lstm_fetch.sv
rtl/lstm/lstm_save.sv
rtl/lstm/lstm_best.sv
rtl/lstm/lstm_rank.sv
rtl/lstm/lstm_sequencer.sv
rtl/lstm/lstm.sv
