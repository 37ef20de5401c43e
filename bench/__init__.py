"""What the request path costs, as ratios against named baselines in one run."""
