"""Every page comes with the CSRF cookie: scripts read it when they send something, so no page needs to hold a token."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.middleware.csrf import get_token


class CsrfCookie:
    """Middleware, below `CsrfViewMiddleware`, which sets the cookie where there was none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.method == "GET" and response.headers.get("Content-Type", "").startswith("text/html"):
            get_token(request)
        return response
