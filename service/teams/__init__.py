"""What is said of org units and managers' teams: heads, leavers to expect, what moves them, who left."""
