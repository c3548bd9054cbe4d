"""One design: its breakdown, effects of its knobs, placements, layers."""
