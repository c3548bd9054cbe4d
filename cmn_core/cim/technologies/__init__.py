"""Constants of a memory technology: files, parameter sets, other nodes."""
