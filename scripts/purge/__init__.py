"""Purge: what is known of an instance or an account goes, from what landed to what was published (R14.2, R23.4)."""
