"""What is wrong with data: reading, rules, findings. Knows nothing of models to come or of screens."""
