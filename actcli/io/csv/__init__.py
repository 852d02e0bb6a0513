"""Delimited text, parsed so that cells that are not computed are written back byte for byte."""
