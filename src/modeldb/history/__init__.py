"""Questions about the past: what came from what, what changed, how something came to be."""
