"""The networks: the supernet of a search space and the teacher it learns from."""
