"""The nested search: evolution over architectures, proof or particle swarms over hardware."""
