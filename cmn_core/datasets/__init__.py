"""Segmentation data sets: what is known of each, and reading and checking their files."""
