"""Studies that visitors run in the background, with settings of their own."""
