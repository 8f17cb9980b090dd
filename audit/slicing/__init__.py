"""Slices: what they are made of, and the exact statistics of small counts."""
