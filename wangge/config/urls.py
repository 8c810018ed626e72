from django.urls import path

from wangge.config import metrics, web
from wangge.config.api import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("healthz", web.health),
    path("metrics", metrics.page),
]

handler400 = "wangge.config.middleware.bad_request"
handler404 = "wangge.config.middleware.not_found"
handler500 = "wangge.config.middleware.server_error"
