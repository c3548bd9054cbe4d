"""The nested search: evolution over architectures, particle swarms over hardware."""
