from django.apps import AppConfig


class InterviewsConfig(AppConfig):
    name = "quizzes.interviews"
    label = "interviews"
    verbose_name = "Interviews"
