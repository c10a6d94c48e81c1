"""Mutation analysis: break the RTL in one place at a time and see whether the benches notice."""
