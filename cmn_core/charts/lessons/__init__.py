"""Figures of the chapters of Learn."""
