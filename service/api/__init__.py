"""The HTTP surface: one thin file per group of routes, and the one table from error type to status."""
