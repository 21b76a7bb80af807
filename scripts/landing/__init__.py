"""The way in: what lies in the landing folder, what of it is new, and how it is read."""
