"""The report as a Word document: its charts are Word's own, drawn from numbers and not from a picture."""

from io import BytesIO
from typing import Any

from ..models import Evaluation
from ..sight import Sight
from .content import Bars, Grid, content, is_number
from .paper import NotInstalled

SHADES = {"a": "8CC3C7", "b": "CFE6E7", "c": "E9EDF0", "d": "FBF0D9", "e": "FBE9E7"}
FONT = "宋体"
CHART = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/chart"
INLINE = """
<w:drawing xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"
  xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
  xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"
  xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"
  xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">
  <wp:inline distT="0" distB="0" distL="0" distR="0">
    <wp:extent cx="5400000" cy="{height}"/><wp:docPr id="{number}" name="chart{number}" descr="{title}"/>
    <a:graphic>
      <a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/chart">
        <c:chart r:id="{relation}"/>
      </a:graphicData>
    </a:graphic>
  </wp:inline>
</w:drawing>
"""


def made(case: Evaluation, told: Sight) -> bytes:
    """The document. Raises :class:`NotInstalled`."""
    try:
        from docx import Document
    except ImportError:
        raise NotInstalled("这台服务器没有安装 Word 组件", hint="安装 yigongti[documents]") from None
    written = content(case, told)
    document = Document()
    _fonts(document)
    document.core_properties.title = written.title
    document.add_heading(written.title, 0)
    document.add_paragraph(written.subtitle)
    _table(document, [], [list(fact) for fact in written.facts])
    if written.conclusion:
        document.add_heading("评价结论", 1)
        document.add_paragraph(written.conclusion)
    for grid in written.grids:
        _grid(document, grid)
        if grid is written.grids[0]:
            for number, bars in enumerate(written.bars, start=1):
                _chart(document, bars, number)
    document.add_paragraph(written.foot)
    kept = BytesIO()
    document.save(kept)
    return kept.getvalue()


def _fonts(document: Any) -> None:
    """Chinese text in a Chinese font, in every style that is used."""
    from docx.oxml.ns import qn

    for name in ("Normal", "Title", "Heading 1", "Table Grid"):
        style = document.styles[name]
        style.font.name = "Times New Roman"
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for place in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(place), None)
        fonts.set(qn("w:eastAsia"), FONT)


def _grid(document: Any, grid: Grid) -> None:
    from docx.enum.section import WD_ORIENT, WD_SECTION

    if grid.wide:
        _turned(document.add_section(WD_SECTION.NEW_PAGE), WD_ORIENT.LANDSCAPE)
    document.add_heading(grid.title, 1)
    if grid.note:
        document.add_paragraph(grid.note)
    if grid.rows:
        _table(document, grid.heads, grid.rows, grid.tones, small=grid.wide)
    else:
        document.add_paragraph(grid.empty)
    if grid.wide:
        _turned(document.add_section(WD_SECTION.NEW_PAGE), WD_ORIENT.PORTRAIT)


def _turned(section: Any, orientation: Any) -> None:
    """A section of the other orientation."""
    if section.orientation != orientation:
        section.page_width, section.page_height = section.page_height, section.page_width
        section.orientation = orientation


def _table(document: Any, heads: Any, rows: Any, tones: Any = (), *, small: bool = False) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    table = document.add_table(rows=0, cols=len(heads or rows[0]), style="Table Grid")
    for number, row in enumerate([*([heads] if heads else []), *rows]):
        body, line = number - bool(heads), table.add_row()
        _kept_whole(line, repeated=body < 0)
        for place, (cell, text) in enumerate(zip(line.cells, row, strict=True)):
            cell.text = str(text)
            for paragraph in cell.paragraphs:
                if body >= 0 and is_number(str(text)):
                    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
                for run in paragraph.runs:
                    run.font.size, run.bold = Pt(6.5 if small else 9), body < 0
            if tones and body >= 0 and (shade := SHADES.get(tones[body][place])):
                _shaded(cell, shade)


def _kept_whole(line: Any, *, repeated: bool) -> None:
    """A row that no page cuts in two; the heads stand above the rows of every page."""
    from docx.oxml import OxmlElement

    marks = line._tr.get_or_add_trPr()
    for name in ("w:cantSplit", *(["w:tblHeader"] if repeated else [])):
        marks.append(OxmlElement(name))


def _shaded(cell: Any, shade: str) -> None:
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    cell._tc.get_or_add_tcPr().append(parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:fill="{shade}"/>'))


def _chart(document: Any, bars: Bars, number: int) -> None:
    """A chart part of its own, anchored in a paragraph."""
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part
    from docx.oxml import parse_xml

    if not bars.names:
        return
    name = PackURI(f"/word/charts/chart{number}.xml")
    part = Part(name, CHART, _drawing_ml(bars), document.part.package)
    relation = document.part.relate_to(part, RELATION)
    height = 700_000 + 230_000 * len(bars.names)
    xml = INLINE.format(height=height, number=number, title=bars.title, relation=relation)
    document.add_paragraph().add_run()._r.append(parse_xml(xml))


def _drawing_ml(bars: Bars) -> bytes:
    """The chart as DrawingML; openpyxl writes it, with the numbers inside."""
    from openpyxl.chart import BarChart
    from openpyxl.chart.data_source import AxDataSource, NumData, NumDataSource, NumVal, StrData, StrVal
    from openpyxl.chart.label import DataLabelList
    from openpyxl.chart.series import Series
    from openpyxl.xml.functions import tostring

    chart = BarChart()
    chart.type, chart.title, chart.legend = "bar", bars.title, None
    names = StrData(pt=[StrVal(idx=n, v=name) for n, name in enumerate(bars.names)])
    values = NumData(pt=[NumVal(idx=n, v=f"{value:.2f}") for n, value in enumerate(bars.values)])
    series = Series(idx=0, order=0, val=NumDataSource(numLit=values), cat=AxDataSource(strLit=names))
    series.graphicalProperties.solidFill = "0B6B73"
    chart.series.append(series)
    chart.dataLabels = DataLabelList(showVal=True)
    chart.x_axis.scaling.orientation = "maxMin"
    chart.y_axis.scaling.min, chart.y_axis.scaling.max = 0, 100
    chart.x_axis.delete = chart.y_axis.delete = False
    written: Any = tostring(chart._write())  # type: ignore[attr-defined]  # the stubs leave it out
    return written if isinstance(written, bytes) else str(written).encode()
