"""Delimited text, read so that what is not computed leaves byte for byte as it came."""
