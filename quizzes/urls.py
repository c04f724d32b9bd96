from django.urls import path

from quizzes.views import inline, pages, runs, saving

app_name = "quizzes"
QUESTION = "attempts/<uuid:uuid>/questions/<int:position>/"
urlpatterns = [
    path("quizzes/", pages.quiz_list, name="list"),
    path("quizzes/<slug:slug>/", pages.quiz_intro, name="quiz"),
    path("quizzes/<slug:slug>/start/", pages.quiz_start, name="start"),
    path("attempts/<uuid:uuid>/", pages.attempt_page, name="attempt"),
    path("attempts/<uuid:uuid>/answers/", saving.answers, name="answers"),
    path("attempts/<uuid:uuid>/state/", saving.state, name="state"),
    path("attempts/<uuid:uuid>/submit/", pages.attempt_hand_in, name="submit"),
    path("attempts/<uuid:uuid>/sections/<int:position>/open/", pages.section_opening, name="section_open"),
    path("attempts/<uuid:uuid>/sections/<int:position>/end/", pages.section_ending, name="section_end"),
    path(f"{QUESTION}leave/", pages.leave_question, name="leave"),
    path(f"{QUESTION}check/", saving.practice, {"step": "check"}, name="practice_check"),
    path(f"{QUESTION}hint/", saving.practice, {"step": "hint"}, name="practice_hint"),
    path(f"{QUESTION}solution/", saving.practice, {"step": "solution"}, name="practice_solution"),
    path(f"{QUESTION}runs/", runs.question_runs, name="question_runs"),
    path("questions/<slug:slug>/inline/", inline.question, name="inline"),
    path("questions/<slug:slug>/check/", inline.check, name="check"),
]
