"""Failing slices that nobody declared: found, tested against luck, and told as conditions to paste.

As laid out in docs/discovery.md. ``discover`` is all that others need.
"""

from assay.reports.discovery.discover import discover
from assay.reports.discovery.discovered import Discovered

__all__ = ["Discovered", "discover"]
