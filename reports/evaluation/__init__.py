"""Evaluation of a model by slice: figures with their n and interval, of predictions made anywhere."""
