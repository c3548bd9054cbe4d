"""Who does the work of a generation: processes here, or a cluster."""
