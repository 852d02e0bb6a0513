"""Input and output of bytes and rows. Nothing here depends on activations."""
