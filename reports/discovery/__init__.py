"""Failing slices that nobody declared: found, tested, and said as conditions."""
