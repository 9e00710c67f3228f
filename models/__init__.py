"""The risk model: hazards, trees, reasons, bands, the bundle that is shipped and the registry. Code, never weights."""
