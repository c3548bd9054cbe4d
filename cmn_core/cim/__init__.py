"""What a design costs: energy, latency, area and output error of RRAM and SRAM macros."""
