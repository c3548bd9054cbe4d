"""One macro: components, analog and digital arrays, the error of ADC and cells."""
