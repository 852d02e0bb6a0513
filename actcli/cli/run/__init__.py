"""Execution of a command: of typed numbers, of files, of files with a result each."""
