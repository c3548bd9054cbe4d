"""The paper's studies and tables, and published chips."""
