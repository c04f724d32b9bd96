from django.urls import path

from quizzes.interviews.views import pages, report, running, scoring

app_name = "interviews"
ROUND, SCORING, SHARED = "interviews/rounds/<uuid:uuid>/", "interviews/scorings/<uuid:uuid>/", "interviews/shared/<str:token>/"
urlpatterns = [
    path("interviews/", pages.interview_list, name="list"),
    path("interviews/history/", pages.history, name="history"),
    path("interviews/to-score/", pages.to_score, name="to_score"),
    path("interviews/diagram/", running.diagram, name="diagram"),
    path(ROUND, pages.round_page, name="round"),
    path(f"{ROUND}state/", running.state, name="state"),
    path(f"{ROUND}notes/", running.notes, name="notes"),
    path(f"{ROUND}panel/", running.panel, name="panel"),
    path(f"{ROUND}next/", running.next_stage, name="next"),
    path(f"{ROUND}run/", running.run, name="run"),
    path(f"{ROUND}change/", running.change, name="change"),
    path(f"{ROUND}finish/", pages.finish, name="finish"),
    path(f"{ROUND}report/", report.report, name="report"),
    path(f"{ROUND}report.md", report.export_markdown, name="report_markdown"),
    path(f"{ROUND}report.json", report.export_json, name="report_json"),
    path(f"{ROUND}answers/", report.answers, name="answers"),
    path(f"{ROUND}share/", report.share, name="share"),
    path(f"{ROUND}delete/", report.delete, name="delete"),
    path(f"{ROUND}restore/", report.restore, name="restore"),
    path(f"{ROUND}score/", scoring.begin, name="score"),
    path(SCORING, scoring.page, name="scoring"),
    path(f"{SCORING}state/", scoring.state, name="scoring_state"),
    path(f"{SCORING}items/", scoring.items, name="scoring_items"),
    path(f"{SCORING}finish/", scoring.finish, name="scoring_finish"),
    path(SHARED, scoring.shared, name="shared"),
    path(f"{SHARED}begin/", scoring.shared_begin, name="shared_begin"),
    path("interviews/<slug:slug>/", pages.prompt, name="prompt"),
    path("interviews/<slug:slug>/start/", pages.start, name="start"),
]
