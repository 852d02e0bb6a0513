"""Doing what a command line asks for: with typed numbers, with files, with a folder of results."""
