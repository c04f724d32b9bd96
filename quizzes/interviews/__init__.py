"""Mock interviews: a prompt with timed stages, a change in mid-round, a rubric scored with quoted evidence."""
