"""How well a design segments: the weight-sharing network, its training and its measurement."""
