"""Reports: what was found, on one page that needs nothing else."""
