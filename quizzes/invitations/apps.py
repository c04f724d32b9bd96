from django.apps import AppConfig


class InvitationsConfig(AppConfig):
    name = "quizzes.invitations"
    label = "invitations"
    verbose_name = "Invitations"
