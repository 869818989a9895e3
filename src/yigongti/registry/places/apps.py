from django.apps import AppConfig


class PlacesConfig(AppConfig):
    name = "yigongti.registry.places"
    label = "places"
    verbose_name = "网格"
