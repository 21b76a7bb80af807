"""The rulebook in plain Python, written apart from the SQL models, to check them by differential testing."""
