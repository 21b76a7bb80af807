"""Mutation testing: one small change at a time to a model or a seed, and whether a test notices."""
