"""Published chips: reading their rows, predicting them, fitting and checking the factors."""
