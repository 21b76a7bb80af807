"""The dashboard: what the published file says, for people who do not write SQL."""
