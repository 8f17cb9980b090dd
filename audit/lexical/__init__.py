"""Texts compared by their words and characters: numba kernels over Arrow buffers."""
