"""An encoder block on one technology: its arrays, its digital unit, and what they cost."""
