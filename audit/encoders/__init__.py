"""Texts as vectors: one small Protocol, several encoders behind it, and the choice between them."""
