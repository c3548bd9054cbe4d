"""Measuring trained weights: mIoU, tables, cards, pictures."""
