"""The report as a PDF (WeasyPrint): charts are drawn as SVG."""

from decimal import Decimal
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string

from yigongti.kernel.errors import YigongtiError

from ..models import Evaluation
from ..sight import Sight
from .content import Bars, content

STYLE = Path(__file__).with_name("report.css")
LABEL, FULL, ROW = 150, 330, 17


class NotInstalled(YigongtiError):
    """The documents extra is not there."""

    status = 501
    kind = "not-installed"


def made(case: Evaluation, told: Sight) -> bytes:
    """The PDF. Raises :class:`NotInstalled`."""
    try:
        from weasyprint import CSS, HTML
    except (ImportError, OSError):
        raise NotInstalled("这台服务器没有安装 PDF 组件", hint="安装 yigongti[documents]") from None
    written = content(case, told)
    text = render_to_string(
        "evaluation/report.html", {"report": written, "charts": [_drawn(bars) for bars in written.bars if bars.names]}
    )
    return bytes(HTML(string=text).write_pdf(stylesheets=[CSS(filename=str(STYLE))]))


def _drawn(bars: Bars) -> dict[str, Any]:
    """The places of the bars."""
    lengths = [int(FULL * max(Decimal(0), min(value, Decimal(100))) / 100) for value in bars.values]
    rows = [
        {
            "name": name,
            "label": label,
            "y": 4 + n * ROW,
            "text_y": 4 + n * ROW + 11,
            "width": max(1, length),
            "end": LABEL + length + 4,
        }
        for n, (name, length, label) in enumerate(zip(bars.names, lengths, bars.labels, strict=True))
    ]
    return {"title": bars.title, "rows": rows, "height": len(rows) * ROW + 8, "left": LABEL, "full": FULL}
