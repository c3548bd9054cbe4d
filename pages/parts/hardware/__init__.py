"""The Hardware page: searches for the chip of given networks."""
