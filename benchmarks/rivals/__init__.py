"""What a user would pick instead of this search, for benchmarks/search/search.py."""
