"""Chips of two technologies on which the experts of a block may lie apart."""
