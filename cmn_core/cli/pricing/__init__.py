"""Commands that price: designs, published chips, models, the paper's cells."""
