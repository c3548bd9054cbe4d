"""The evolution over architectures."""
