"""Studies that visitors run again with settings of their own."""
