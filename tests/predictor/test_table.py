"""A table of one's own: which of its rows say what a network reaches as it is."""

from cmn_core.predictor.table import read_measured

HEAD = "e1,e2,e3,e4,h1,h2,h3,h4,miou,weight_bits,output_sigma,activation_bits,top_k\n"
ROWS = """2,2,2,2,20,20,20,20,10,,,,
2,2,2,3,20,20,20,20,9,4,,,
2,2,2,4,20,20,20,20,8,,0.1,,
2,2,2,5,20,20,20,20,7,,,6,
2,2,1,5,20,20,20,20,6,,,,1/1/1/1
2,2,1,4,20,20,20,20,5,4,,,1/1/1/1
"""


def test_networks_that_were_run_in_another_way_are_left_out():
    found = read_measured((HEAD + ROWS).encode(), "table", space="b0")
    assert found.miou == (10.0,) and found.left_out == 5
    others = {(row.weight_bits, row.output_sigma, row.miou) for row in found.others}
    assert others == {(4, 0.0, 9.0), (0, 0.1, 8.0)}  # of the way that the rest was run in
