"""Wire and run: the only package that reads the environment, knows the clock and starts threads."""
