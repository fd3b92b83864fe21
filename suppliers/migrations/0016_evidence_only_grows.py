from django.db import migrations

TABLES = (
    "suppliers_evidencefile",
    "suppliers_assessmentfile",
    "suppliers_questionnaireversion",
    "suppliers_sheetfile",
    "suppliers_submission",
)


class Migration(migrations.Migration):
    """Files, versions of questionnaires and what was submitted are added to; an accepted sheet stays as it is."""

    dependencies = [("suppliers", "0015_questionnaires"), ("kernel", "0002_append_only")]
    operations = [
        *[
            migrations.RunSQL(
                f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change();",
                f"DROP TRIGGER append_only ON {table};",
            )
            for table in TABLES
        ],
        migrations.RunSQL(
            "CREATE TRIGGER accepted_stays BEFORE UPDATE OR DELETE ON suppliers_answersheet FOR EACH ROW "
            "WHEN (OLD.state = 'accepted') EXECUTE FUNCTION refuse_change();",
            "DROP TRIGGER accepted_stays ON suppliers_answersheet;",
        ),
    ]
