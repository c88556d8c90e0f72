"""Pages of the console beside Django's own admin."""

from django.contrib import admin
from django.contrib.admin.views.decorators import staff_member_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from trt.console.story import story


@staff_member_required
def story_page(request: HttpRequest, cid: str = "") -> HttpResponse:
    """The story of a correlation id or support code."""
    wanted = (cid or request.GET.get("code", "")).strip()
    lines = story(wanted) if len(wanted) >= 8 else []
    for_all = admin.site.each_context(request)
    return render(request, "console/story.html", {**for_all, "title": "Story", "code": wanted, "lines": lines})
