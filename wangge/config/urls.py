from django.urls import path

from wangge.config import web
from wangge.config.api import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("healthz", web.health),
    *web.pages,
]
