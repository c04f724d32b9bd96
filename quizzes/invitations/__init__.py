"""Candidates by link: an instructor invites, a person without an account takes the quiz, the report is the instructor's."""
