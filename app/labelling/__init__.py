"""A sample of comments in, labels that two readers agree on out."""
