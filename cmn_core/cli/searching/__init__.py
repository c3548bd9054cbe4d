"""search: what is asked, what it begins with, a run of the store carried out, and its result."""
