import inspect
from importlib import import_module

import pytest
from django.apps import apps
from factory.django import DjangoModelFactory

OUR_APPS = ("core", "health", "medications", "incidents", "configuration", "audit", "accounts", "emergency", "home")
FACTORIES = {
    factory._meta.model: factory
    for app in OUR_APPS
    for _, factory in inspect.getmembers(import_module(f"tests.factories.{app}"), inspect.isclass)
    if issubclass(factory, DjangoModelFactory) and factory is not DjangoModelFactory
}
OUR_MODELS = [model for app in OUR_APPS for model in apps.get_app_config(app).get_models()]


@pytest.mark.django_db
@pytest.mark.parametrize("model", OUR_MODELS, ids=lambda model: model.__name__)
def test_each_model_has_a_factory_that_makes_a_row(model):
    row = FACTORIES[model].create()

    found = model._base_manager.get(pk=row.pk)

    assert found == row
    assert str(found)
