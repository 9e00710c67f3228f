"""Risk lists: whom to talk to first, how many of them may leave, and what has changed since the last run."""
