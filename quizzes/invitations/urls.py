from django.urls import path

from quizzes.invitations.views import pages

app_name = "invitations"
urlpatterns = [
    path("invitations/<str:token>/", pages.invitation_page, name="invitation"),
    path("invitations/<str:token>/accept/", pages.accept, name="accept"),
    path("invitations/<str:token>/start/", pages.start, name="start"),
    path("invitations/<str:token>/data/", pages.my_data, name="my_data"),
]
