from django.apps import AppConfig


class InterviewsConfig(AppConfig):
    name = "quizzes.interviews"
    label = "interviews"
    verbose_name = "Interviews"

    def ready(self) -> None:
        from courses.instructors import register_instructor_permissions
        from quizzes.interviews.material import register_material
        from quizzes.interviews.permissions import INSTRUCTOR_PERMISSIONS

        register_material()
        register_instructor_permissions(INSTRUCTOR_PERMISSIONS)
