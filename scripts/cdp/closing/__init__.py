"""A good end: what a community reached and leaves, proposed from facts; and what takes over from it."""
