"""What instructors may do with reviews: write the site's flashcards. What people remember of them is nobody else's business."""

INSTRUCTOR_PERMISSIONS = (
    "reviews.view_flashcard", "reviews.add_flashcard", "reviews.change_flashcard", "reviews.delete_flashcard",
    "reviews.view_historicalflashcard",
)  # fmt: skip
