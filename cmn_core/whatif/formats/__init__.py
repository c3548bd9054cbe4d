"""Designs as they travel: addresses, files, tables, reports."""
