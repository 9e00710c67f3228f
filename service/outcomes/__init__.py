"""What became of published risks: who left, who stayed, and how good the lists turned out to be."""
