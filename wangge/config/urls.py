from django.urls import path

from wangge.config import web
from wangge.config.api import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("healthz", web.health),
]

handler400 = "wangge.config.middleware.bad_request"
handler404 = "wangge.config.middleware.not_found"
handler500 = "wangge.config.middleware.server_error"
