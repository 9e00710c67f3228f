"""The talent dashboard: figures by month and org unit, worked out once a night and read in milliseconds."""
