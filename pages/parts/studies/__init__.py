"""The study pages' parts, Results and Validation."""
