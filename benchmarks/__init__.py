"""`make bench`: what the project promises of speed and memory, as ratios measured in one run."""
