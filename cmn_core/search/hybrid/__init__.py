"""Chips of both memories: the best technology for each block, proven."""
