"""JSON rows: objects, arrays or numbers, of which only computed values are changed."""
