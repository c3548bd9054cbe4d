"""Designs as they travel: addresses, files, tables of measurements."""
