"""Item analysis: how questions and quizzes perform, by classical test theory."""
