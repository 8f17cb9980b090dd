"""LBL: labels that contradict, mistype or starve each other."""

from __future__ import annotations
