"""Spaced repetition: missed questions and flashcards come back when they are about to be forgotten."""
