"""Training: supernet, pre-training, distillation, ranking."""
