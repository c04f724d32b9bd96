"""The laboratory's addresses. A run's event stream, `labs/runs/<uuid>/events`, is routed in `config.asgi`."""

from django.urls import path

from labs import views

app_name = "labs"
urlpatterns = [
    path("labs/", views.lab_list, name="list"),
    path("labs/calibration/", views.my_calibration, name="calibration"),
    path("labs/runs/<uuid:run_id>/", views.run, name="run"),  # `pages.addresses` knows what lies under it
    path("labs/runs/<uuid:run_id>/data.json", views.run_data, name="run_data"),
    path("labs/runs/<uuid:run_id>/changes/", views.run_change, name="run_changes"),
    path("labs/runs/<uuid:run_id>/changes/<int:index>/", views.run_change_undo, name="run_change_undo"),
    path("labs/runs/<uuid:run_id>/fork/", views.run_fork, name="run_fork"),
    path("labs/runs/<uuid:run_id>/cancel/", views.run_cancel, name="run_cancel"),
    path("labs/runs/<uuid:run_id>/export.csv", views.run_export_csv, name="run_export_csv"),
    path("labs/runs/<uuid:run_id>/export.json", views.run_export_json, name="run_export_json"),
    path("labs/runs/<uuid:run_id>/lines.json", views.run_lines, name="run_lines"),
    path("labs/<slug:slug>/", views.lab, name="lab"),
    path("labs/<slug:slug>/runs/", views.run_start, name="run_start"),
]
