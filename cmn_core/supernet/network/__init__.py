"""The network itself: blocks, experts, files of weights."""
