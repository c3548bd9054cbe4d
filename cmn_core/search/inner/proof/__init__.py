"""What proves a chip best: bounds, branch and bound, enumeration."""
