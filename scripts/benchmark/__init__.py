"""What a build costs, as ratios to a bare scan of the same bytes in the same run."""
