"""What the request path costs, as ratios against named rivals in one run."""
