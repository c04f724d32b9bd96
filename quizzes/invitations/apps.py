from django.apps import AppConfig


class InvitationsConfig(AppConfig):
    name = "quizzes.invitations"
    label = "invitations"
    verbose_name = "Invitations"

    def ready(self) -> None:
        from courses.instructors import register_instructor_permissions
        from quizzes.invitations.permissions import INSTRUCTOR_PERMISSIONS

        register_instructor_permissions(INSTRUCTOR_PERMISSIONS)
