"""A search: front, convergence, networks, memory of each block."""
