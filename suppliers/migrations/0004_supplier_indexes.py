import django.contrib.postgres.indexes
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kernel", "0001_initial"),
        ("suppliers", "0003_supplier_checks"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="supplier",
            index=models.Index(fields=["name", "id"], name="supplier_by_name"),
        ),
        migrations.AddIndex(
            model_name="supplier",
            index=models.Index(
                condition=models.Q(("contact_due_on__isnull", False)), fields=["contact_due_on"], name="supplier_by_due"
            ),
        ),
        migrations.AddIndex(
            model_name="supplier",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("code"), name="gin_trgm_ops"
                ),
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("name"), name="gin_trgm_ops"
                ),
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("legal_name"), name="gin_trgm_ops"
                ),
                name="supplier_search",
            ),
        ),
    ]
