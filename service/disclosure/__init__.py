"""Which figures about groups of people may be shown, so that none of them is a figure about one person."""
