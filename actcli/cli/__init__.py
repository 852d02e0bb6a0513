"""The command line: words and options in, pages and results out."""
