"""Addresses with a NUL character: nothing of ours has one in its name."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest

Answers = Callable[[HttpRequest], HttpResponse]


def refused(get_response: Answers) -> Answers:
    """A middleware: 400 for them. PostgreSQL takes no NUL in a text, so each search by such a word would be an error of ours."""

    def answer(request: HttpRequest) -> HttpResponse:
        if "\0" in request.path_info or "%00" in request.META["QUERY_STRING"]:
            return HttpResponseBadRequest("No address here has a NUL character.", content_type="text/plain")
        return get_response(request)

    return answer
