from django.db import migrations


class Migration(migrations.Migration):
    """What was said with a supplier is added to, never changed."""

    dependencies = [("suppliers", "0005_directory_and_catalog"), ("kernel", "0002_append_only")]
    operations = [
        migrations.RunSQL(
            "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON suppliers_contactlog "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change();",
            "DROP TRIGGER append_only ON suppliers_contactlog;",
        )
    ]
