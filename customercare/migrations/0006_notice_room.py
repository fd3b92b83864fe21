from django.db import migrations


class Migration(migrations.Migration):
    """A notice is written three times before its message leaves: keep room, so that it changes where it stands."""

    dependencies = [("customercare", "0005_unchecked_parents")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE customercare_notice SET (fillfactor = 50);",
            "ALTER TABLE customercare_notice RESET (fillfactor);",
        )
    ]
