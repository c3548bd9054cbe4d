"""Commands that run trained weights: tables, cards, pictures, exports."""
