"""What the live figures of Learn compute."""
