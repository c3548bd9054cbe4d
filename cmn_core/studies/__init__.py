"""The paper's studies (appendices C to G), run for real: one module per question, one frame."""
