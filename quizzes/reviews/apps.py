from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "quizzes.reviews"
    label = "reviews"
    verbose_name = "Reviews"
