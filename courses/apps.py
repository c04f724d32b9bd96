from django.apps import AppConfig


class CoursesConfig(AppConfig):
    name = "courses"
    verbose_name = "Courses"

    def ready(self) -> None:
        from courses.content_kinds import KINDS
        from courses.loading.kinds import register

        for kind in KINDS:
            register(kind)
