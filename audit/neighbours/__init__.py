"""Nearest neighbours by cosine: exact up to some hundred thousand rows, by cells above."""
