"""Official texts in, what they claim out: rules written by hand, linear in the length of the text."""
