"""Which files stand beside assessments."""

from django.db.models import Exists, OuterRef

from suppliers.assessment.models import AssessmentFile
from suppliers.evidence.models import EvidenceFile


def attached(assessment_id: int) -> list[EvidenceFile]:
    """The files of one assessment that were not taken away, oldest first."""
    own = AssessmentFile.objects.filter(assessment_id=assessment_id, file=OuterRef("pk"))
    rows = EvidenceFile.objects.filter(Exists(own.filter(act=AssessmentFile.Act.ATTACH)))
    return list(rows.exclude(Exists(own.filter(act=AssessmentFile.Act.WITHDRAW))).order_by("pk"))
