from django.db import migrations
from django.utils import timezone

from logix_server.accounts.models import new_mark
from logix_server.config import current


def make_people(apps, schema_editor):
    """Whoever administered before there were people is a manager of ours, as `init` makes one now."""
    organisation = apps.get_model('accounts', 'Organisation').objects.filter(kind='vendor').first()
    person = apps.get_model('accounts', 'Person')
    users = apps.get_model('auth', 'User').objects.filter(is_superuser=True, is_active=True)
    for user in users if organisation else ():
        name = user.username.lower()
        email = (user.email or (name if '@' in name else f'{name}@{current().trust_domain}')).lower()
        if person.objects.filter(user_id=user.pk).exists() or person.objects.filter(email=email).exists():
            continue
        person.objects.create(
            organisation=organisation, role='vendor-manager', name=user.username[:200], email=email[:254],
            user_id=user.pk, created_at=timezone.now(), mark=new_mark(),
        )


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_since_when_stopped'),
    ]

    operations = [
        migrations.RunPython(make_people, migrations.RunPython.noop),
    ]
