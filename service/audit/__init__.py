"""Oversight: who saw whose risk, who objected, what is held about a person, erasure, retention, backup."""
