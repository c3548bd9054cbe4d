"""Technology and copies of each block of a network, and the macros that go with them."""
