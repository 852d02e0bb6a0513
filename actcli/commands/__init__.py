"""What the user can ask for: a verb a file, and one body behind every activation."""
