"""The site's routes. Event streams do not pass here: see `config.asgi`."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from config.health import livez, readyz
from config.metrics import metrics

admin.site.site_header = admin.site.site_title = "Plimsoll"
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("livez", livez),
    path("readyz", readyz),
    path("metrics", metrics),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("", include("labs.urls")),
    path("", include("quizzes.urls")),
    path("", include("quizzes.invitations.urls")),
    path("", include("quizzes.reviews.urls")),
    path("", include("quizzes.interviews.urls")),
    path("", include("courses.urls")),
]
