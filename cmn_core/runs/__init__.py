"""Background runs: a store, the workers that fill it, and what starts them."""
