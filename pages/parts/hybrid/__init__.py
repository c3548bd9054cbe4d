"""Parts of the page Hybrid."""
