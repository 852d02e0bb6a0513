"""Computation from input to output: transformed batches, parallel processes, and the writing of results."""
