"""Tables of pages as files: what is read in the page's HTML is what is taken away."""

from __future__ import annotations

from pages.parts.frame.tables import read_table

HEAD = '<thead><tr><th scope="col" class="x"></th><th>Energy µJ</th><th>mIoU</th></tr></thead>'


def test_cells_keep_their_pieces_apart_and_entities_are_read() -> None:
    html = (
        f"<div><table>{HEAD}<tbody><tr><th>NAS &amp; KD</th>"
        '<td>480.6<span class="cmn-mark">sim.</span> <span>(481)</span></td><td>–</td></tr>'
        "</tbody></table></div>"
    )
    frame = read_table(html)
    assert list(frame.columns) == ["1", "Energy µJ", "mIoU"]
    assert frame.to_numpy().tolist() == [["NAS & KD", "480.6 sim. (481)", "–"]]


def test_a_row_that_heads_others_becomes_a_column() -> None:
    html = (
        f"<table>{HEAD}<tr><th colspan=3>Latency</th></tr>"
        "<tr><th>RRAM</th><td>1</td><td>2</td></tr>"
        "<tr><th colspan=3>Energy</th></tr><tr><th>SRAM</th><td>3</td><td>4</td></tr></table>"
    )
    frame = read_table(html)
    assert list(frame.columns) == ["1", "2", "Energy µJ", "mIoU"]
    assert frame.to_numpy().tolist() == [
        ["Latency", "RRAM", "1", "2"],
        ["Energy", "SRAM", "3", "4"],
    ]


def test_a_cell_over_two_rows_stands_in_both() -> None:
    html = (
        f"<table>{HEAD}<tr><th rowspan=2>RRAM</th><td>1</td><td>2</td></tr>"
        "<tr><td>3</td><td>4</td></tr><tr><th>SRAM</th><td>5</td><td>6</td></tr></table>"
    )
    rows = read_table(html).to_numpy().tolist()
    assert rows == [["RRAM", "1", "2"], ["RRAM", "3", "4"], ["SRAM", "5", "6"]]


def test_heads_that_repeat_are_told_apart() -> None:
    html = "<table><tr><th>A</th><th>A</th></tr><tr><td>1</td><td>2</td></tr></table>"
    assert list(read_table(html).columns) == ["A", "A 2"]
