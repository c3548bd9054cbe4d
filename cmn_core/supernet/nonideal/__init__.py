"""The network on imperfect hardware: rounding, noise, arrays."""
