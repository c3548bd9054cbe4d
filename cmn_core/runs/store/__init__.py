"""The run store: SQLite, one writer per run."""
