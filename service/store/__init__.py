"""The score store: tables, the engine that opens them, published runs."""
