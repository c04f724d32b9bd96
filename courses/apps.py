from django.apps import AppConfig


class CoursesConfig(AppConfig):
    name = "courses"
    verbose_name = "Courses"

    def ready(self) -> None:
        from courses.checklist_kind import ChecklistKind
        from courses.content_kinds import KINDS
        from courses.exercise_kind import ExerciseKind
        from courses.loading.kinds import register
        from courses.scenario_texts import scenario_text_html
        from labs.scenario_text import register_renderer

        for kind in (*KINDS, ChecklistKind(), ExerciseKind()):
            register(kind)
        register_renderer(scenario_text_html)
