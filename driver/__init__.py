"""The software side of the device."""
