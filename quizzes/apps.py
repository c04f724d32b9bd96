from django.apps import AppConfig


class QuizzesConfig(AppConfig):
    name = "quizzes"
    verbose_name = "Quizzes"

    def ready(self) -> None:
        from courses.instructors import register_instructor_permissions
        from quizzes.material import register_material
        from quizzes.permissions import INSTRUCTOR_PERMISSIONS

        register_material()
        register_instructor_permissions(INSTRUCTOR_PERMISSIONS)
