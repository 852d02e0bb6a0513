"""Completion in shells: what may come next, and the scripts that ask."""
