"""For instructors: the site's flashcards, and decks of them for Anki."""

from quizzes.reviews.admin.flashcards import FlashcardAdmin

__all__ = ["FlashcardAdmin"]
