"""What instructors may do with quizzes: write and change the bank and the quizzes, look at attempts, never alter them."""

INSTRUCTOR_PERMISSIONS = (
    "quizzes.add_question", "quizzes.change_question", "quizzes.view_question", "quizzes.delete_question",
    "quizzes.view_questionversion",
    "quizzes.add_quiz", "quizzes.change_quiz", "quizzes.view_quiz", "quizzes.delete_quiz",
    "quizzes.view_attempt", "quizzes.view_attemptquestion", "quizzes.view_answer", "quizzes.view_grade",
)  # fmt: skip
