"""Tests of the core at its real size."""
