from django.apps import AppConfig


class InvitationsConfig(AppConfig):
    name = "quizzes.invitations"
    label = "invitations"
    verbose_name = "Invitations"

    def ready(self) -> None:
        from courses.instructors import register_instructor_permissions
        from quizzes.invitations.permissions import INSTRUCTOR_PERMISSIONS
        from quizzes.invitations.services.accepting import objection_to
        from quizzes.services.start import register_objection

        register_instructor_permissions(INSTRUCTOR_PERMISSIONS)
        register_objection(objection_to)
