"""Pages: `pages` (home, map, search, diagrams), `lessons`, `decisions`."""
