"""What an engine costs in hardware: counts, logic depth, and a routed frequency."""
