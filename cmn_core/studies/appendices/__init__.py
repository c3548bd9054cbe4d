"""One module per study of the paper, and what only they need."""
