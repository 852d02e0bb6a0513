"""Output for readers: the terminal, messages, progress, pages and pictures."""
