"""Renderers: one file a format, each ``render(report) -> str``."""
