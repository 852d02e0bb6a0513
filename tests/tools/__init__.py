"""Programs for developers: they measure errors and write what is generated."""
