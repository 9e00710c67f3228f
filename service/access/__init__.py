"""Who may call: keys and roles."""
