"""Activation functions on the command line, right to the last digits."""

__version__ = "0.1.0"
