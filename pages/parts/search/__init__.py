"""The Search page's parts."""
