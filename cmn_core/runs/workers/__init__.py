"""Detached processes: searches, and fits of measured tables."""
