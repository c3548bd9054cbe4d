"""What all pages use: texts, shared values, the visitor."""
