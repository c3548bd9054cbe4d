"""One design under the hands: knobs, figures, effects."""
