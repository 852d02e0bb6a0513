"""Bytes and rows, in and out. Nothing here knows an activation."""
