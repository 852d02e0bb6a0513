"""What people see: the terminal, messages, progress, pages and pictures."""
