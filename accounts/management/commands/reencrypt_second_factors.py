from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.models import AuthenticatorApp
from accounts.second_factor.secret_box import SecretUnreadableError, seal_again


class Command(BaseCommand):
    help = (
        "Encrypt the secrets of all authenticator apps with the first key of SECOND_FACTOR_KEYS. Put a new key first, "
        "run this, then take the old one away."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            apps = list(AuthenticatorApp.objects.order_by("pk").select_for_update())
            unreadable = 0
            for app in apps:
                try:
                    app.secret = seal_again(app.secret)
                except SecretUnreadableError:
                    unreadable += 1
            if unreadable:
                raise CommandError(
                    f"{unreadable} of {len(apps)} secrets cannot be read with the keys there are. Nothing was changed. "
                    "Add the key with which they were encrypted to SECOND_FACTOR_KEYS."
                )
            AuthenticatorApp.objects.bulk_update(apps, ["secret"], batch_size=500)
        if options["verbosity"]:
            self.stdout.write(self.style.SUCCESS(f"{len(apps)} secrets are encrypted with the first key."))
