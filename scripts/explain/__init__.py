"""Explain the score of one account: from the score down to the lines of the landing that it is made of (R12.6)."""
