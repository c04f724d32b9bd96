from django.urls import path

from courses.views import decisions, lessons, pages

app_name = "courses"
urlpatterns = [
    path("", pages.home, name="home"),
    path("favicon.ico", pages.favicon, name="favicon"),
    path("courses/", pages.course_list, name="courses"),
    path("courses/<slug:slug>/", pages.course, name="course"),
    path("lessons/", pages.lessons, name="lessons"),
    path("lessons/<slug:slug>/", lessons.lesson, name="lesson"),
    path("lessons/<slug:slug>/progress/", lessons.progress, name="progress"),
    path("lessons/<slug:slug>/note/", lessons.note, name="note"),
    path("search/", pages.search_page, name="search"),
    path("diagrams/<str:sha>.svg", pages.diagram, name="diagram"),
    path("decisions/", decisions.decision_list, name="decisions"),
    path("decisions/new/", decisions.new, name="decision_new"),
    path("decisions/preview/", decisions.preview, name="decision_preview"),
    path("decisions/shared/<str:token>/", decisions.shared, name="decision_shared"),
    path("decisions/<uuid:pk>/", decisions.decision, name="decision"),
    path("decisions/<uuid:pk>/save/", decisions.save, name="decision_save"),
    path("decisions/<uuid:pk>/status/", decisions.status, name="decision_status"),
    path("decisions/<uuid:pk>/share/", decisions.share, name="decision_share"),
    path("decisions/<uuid:pk>/delete/", decisions.delete, name="decision_delete"),
    path("decisions/<uuid:pk>/export/", decisions.export, name="decision_export"),
    path("decisions/<uuid:pk>/history/", decisions.history, name="decision_history"),
    path("decisions/<uuid:pk>/history/<int:number>/restore/", decisions.restore, name="decision_restore"),
    path("decisions/<uuid:pk>/evidence/", decisions.cite, name="decision_cite"),
    path("decisions/<uuid:pk>/evidence/<int:evidence_id>/remove/", decisions.uncite, name="decision_uncite"),
    path("decisions/<uuid:pk>/evidence/<int:evidence_id>/condition/", decisions.condition, name="decision_condition"),
    path("decisions/<uuid:pk>/evidence/<int:evidence_id>/confirm/", decisions.confirm, name="decision_confirm"),
    path("decisions/<uuid:pk>/evidence/<int:evidence_id>/", decisions.evidence, name="decision_evidence"),
]
