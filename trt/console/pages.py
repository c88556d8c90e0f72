"""Pages of the console beside Django's own admin."""

from django.contrib import admin
from django.contrib.admin.views.decorators import staff_member_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from reliability import cid as cids
from reliability.adminkit import link_to, story_of
from trt.console.story import born, search


@staff_member_required
def story_page(request: HttpRequest, cid: str = "") -> HttpResponse:
    """The story of a correlation id or support code; for other words, the rows whose story it may be."""
    if not request.user.has_perm("kie.view_job"):
        raise PermissionDenied
    wanted = (cid or request.GET.get("code", "")).strip()
    lines, found = search(wanted, request.user)
    context = {
        **admin.site.each_context(request),
        "title": _("Story"),
        "code": wanted,
        "support_code": cids.support_code(lines[0].cid) if lines else "",
        "lines": lines,
        "found": {
            "headers": [_("created"), _("what"), _("row"), _("support code")],
            "rows": [[born(row), row._meta.verbose_name, link_to(row), story_of(row.cid)] for row in found],
        },
    }
    return render(request, "console/story.html", context)
