"""Addresses: the outside interface, the admin, the console's pages."""

from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from trt.api import api
from trt.console.pages import story_page
from trt.operators import change_own_password

urlpatterns = [
    path("admin/story/", story_page, name="story-search"),
    path("admin/story/<str:cid>/", story_page, name="story"),
    path("admin/password_change/", admin.site.admin_view(change_own_password)),  # before the admin's own
    path("admin/", admin.site.urls),
    path("", api.urls),
    path("", RedirectView.as_view(url="/admin/")),
]
