"""Any network as a list of layers, and what it takes to run it in memory arrays."""
