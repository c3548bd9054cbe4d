"""Which rows of a measured table the surface is fitted to."""

from cmn_core.predictor.basis import Basis
from cmn_core.predictor.rows import read_table

HEAD = "e1,e2,e3,e4,h1,h2,h3,h4,weight_bits,output_sigma,miou,activation_bits,top_k,height,width\n"
NETWORK = "2,2,2,2,64,64,64,64,"


def test_bits_that_differ_too_much_between_networks_are_measured_and_not_predicted(tmp_path):
    table = tmp_path / "t.csv"
    rows = (
        ",,20,,,240,320 4,,19,4,1/2/1/2,120,160 3,,15,,,240,320 8,,9,3,,240,320 ,0.1,18,,,240,320"
    )
    table.write_text(HEAD + "".join(f"{NETWORK}{row}\n" for row in rows.split()))
    found = read_table(table)
    genes, miou, noise = found.exact
    assert len(found.miou) == 5 and miou.tolist() == [20.0, 19.0] and not noise.any()
    assert genes[1, 8:].tolist() == [1, 2, 1, 2, 120, 160, 4, 4]
    assert found.basis == Basis(((120, 160), (240, 320)), True, 4, 4)
