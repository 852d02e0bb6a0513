"""Where numbers come from: words, files and pipes."""
