"""Rows as JSON: objects, arrays or numbers, whose computed values alone change."""
