"""Taking back what was told of groups from wrong data, so that the next run tells it anew."""
