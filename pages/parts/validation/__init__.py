"""Parts of the page Validation alone: circuits and other simulators."""
