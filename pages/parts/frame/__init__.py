"""Around every page: style, headers, background work."""
