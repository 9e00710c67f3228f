"""Whether the model still fits the company: drift of what goes in and comes out, expected and realised performance."""
