"""For instructors."""
