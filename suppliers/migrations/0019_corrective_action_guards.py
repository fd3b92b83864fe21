from django.db import migrations


class Migration(migrations.Migration):
    """Steps of corrective actions are added to; a verified or withdrawn action stays as it is."""

    dependencies = [("suppliers", "0018_corrective_actions"), ("kernel", "0002_append_only")]
    operations = [
        migrations.RunSQL(
            "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON suppliers_actionstep "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change();",
            "DROP TRIGGER append_only ON suppliers_actionstep;",
        ),
        migrations.RunSQL(
            "CREATE TRIGGER closed_stays BEFORE UPDATE OR DELETE ON suppliers_correctiveaction FOR EACH ROW "
            "WHEN (OLD.state IN ('verified', 'withdrawn')) EXECUTE FUNCTION refuse_change();",
            "DROP TRIGGER closed_stays ON suppliers_correctiveaction;",
        ),
    ]
