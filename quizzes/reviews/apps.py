from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "quizzes.reviews"
    label = "reviews"
    verbose_name = "Reviews"

    def ready(self) -> None:
        from courses.instructors import register_instructor_permissions
        from quizzes.reviews.material import register_material
        from quizzes.reviews.permissions import INSTRUCTOR_PERMISSIONS

        register_material()
        register_instructor_permissions(INSTRUCTOR_PERMISSIONS)
