"""What every chart stands on: palette, units, frames, specifications, templates."""
