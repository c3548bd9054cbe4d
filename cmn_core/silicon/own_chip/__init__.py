"""A technology from one measured chip: the class's posterior, given its figures."""
