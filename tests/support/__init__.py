"""Support for tests: exact results, the program as a process, a terminal, a browser, generated tables."""
