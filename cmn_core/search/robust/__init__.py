"""Search where cells are noisy: designs judged under draws."""
