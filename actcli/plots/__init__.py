"""Curves and bars, in the terminal and as images."""
