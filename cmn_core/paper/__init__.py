"""The paper's tables beside this simulator: printed cells, our answer, and how it was fitted."""
