"""What is known of a curve: its formula in print, its roots, limits and extremes."""
