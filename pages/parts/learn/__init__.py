"""The Learn and Class pages' parts."""
