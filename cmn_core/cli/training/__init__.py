"""Commands that make weights: data, pre-training, training, students, ranking."""
