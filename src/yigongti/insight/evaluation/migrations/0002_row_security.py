from django.db import migrations

from yigongti.kernel.access.row_security import any_of, parties, protect

#: once the scores are circulated, whoever takes part sees the totals and scores of all
OPEN = """
EXISTS (SELECT 1 FROM evaluation_evaluation e WHERE e.id = evaluation_answer.evaluation_id
        AND e.state IN ('commenting', 'appealing', 'deciding', 'decided', 'published'))
"""


def of_answer(table: str) -> str:
    """Rows of an answer that may be seen."""
    return f"EXISTS (SELECT 1 FROM evaluation_answer a WHERE a.id = {table}.answer_id)"


def of_party(table: str) -> str:
    """Rows that only the participant and the conductor see."""
    return f"EXISTS (SELECT 1 FROM evaluation_answer a WHERE a.id = {table}.answer_id AND {parties('a.parties')})"


OF_EVALUATION = "EXISTS (SELECT 1 FROM evaluation_evaluation e WHERE e.id = evaluation_report.evaluation_id)"


class Migration(migrations.Migration):
    dependencies = [
        ("evaluation", "0001_initial"),
        ("audit", "0002_functions"),
        ("cases", "0002_numbers_and_row_security"),
    ]
    operations = [
        protect("evaluation_evaluation", any_of(parties())),
        protect("evaluation_answer", any_of(parties(), OPEN)),
        protect("evaluation_score", any_of(of_answer("evaluation_score"))),
        protect("evaluation_change", any_of(of_answer("evaluation_change"))),
        protect("evaluation_remark", any_of(of_party("evaluation_remark"))),
        protect("evaluation_appeal", any_of(of_party("evaluation_appeal"))),
        protect("evaluation_evidence", any_of(of_party("evaluation_evidence"))),
        protect("evaluation_report", any_of(OF_EVALUATION)),
    ]
