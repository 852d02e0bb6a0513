"""What can be typed after `act`: a verb a file, and one body behind every activation."""
