"""Curves and bars: in the terminal, as images, as pages for a browser."""
