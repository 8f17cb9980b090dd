"""What makes a text unrealistic: emptiness, damage, letters in no order, repetition, a foreign language."""
