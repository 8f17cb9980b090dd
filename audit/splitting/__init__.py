"""Splitting data so that nothing leaks by construction: what is alike stays together, and hashes decide the rest."""
