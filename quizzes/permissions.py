"""What instructors may do with quizzes: write and change the bank and the quizzes, look at attempts, never alter them."""

INSTRUCTOR_PERMISSIONS = (
    "quizzes.add_question", "quizzes.change_question", "quizzes.view_question", "quizzes.delete_question",
    "quizzes.view_questionversion",
    "quizzes.add_quiz", "quizzes.change_quiz", "quizzes.view_quiz", "quizzes.delete_quiz",
    "quizzes.view_attempt", "quizzes.view_attemptquestion", "quizzes.view_attemptsection", "quizzes.view_answer",
    "quizzes.view_grade", "quizzes.view_check", "quizzes.view_hintshown",
    "quizzes.add_regrade", "quizzes.view_regrade", "quizzes.view_essayanswer", "quizzes.change_essayanswer",
    "quizzes.add_accommodation", "quizzes.change_accommodation", "quizzes.view_accommodation", "quizzes.delete_accommodation",
    "quizzes.add_timegrant", "quizzes.view_timegrant",
)  # fmt: skip
