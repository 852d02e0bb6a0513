"""What tests stand on: the oracle, the program as a process, a terminal, made-up tables."""
