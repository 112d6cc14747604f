"""Gradient descent on weights across depth, and what it makes of their paths."""
